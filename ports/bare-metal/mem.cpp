// SPDX-License-Identifier: ISC
// The C library of this image: the five functions that compilers call on their own, strlen, and what a static object
// with a destructor asks for. Plain loops; the compiler is told not to turn them back into calls of themselves.
#include <cstddef>

#define MP_PLAIN [[gnu::optimize("no-tree-loop-distribute-patterns")]]

extern "C" {

MP_PLAIN void* memcpy(void* __restrict to, const void* __restrict from, std::size_t n) {
  auto* d = static_cast<unsigned char*>(to);
  const auto* s = static_cast<const unsigned char*>(from);
  while (n-- != 0) *d++ = *s++;
  return to;
}

MP_PLAIN void* memmove(void* to, const void* from, std::size_t n) {
  auto* d = static_cast<unsigned char*>(to);
  const auto* s = static_cast<const unsigned char*>(from);
  if (d < s) {
    while (n-- != 0) *d++ = *s++;
  } else {
    while (n-- != 0) d[n] = s[n];
  }
  return to;
}

MP_PLAIN void* memset(void* to, int value, std::size_t n) {
  auto* d = static_cast<unsigned char*>(to);
  while (n-- != 0) *d++ = static_cast<unsigned char>(value);
  return to;
}

MP_PLAIN int memcmp(const void* a, const void* b, std::size_t n) {
  const auto* p = static_cast<const unsigned char*>(a);
  const auto* q = static_cast<const unsigned char*>(b);
  for (; n != 0; --n, ++p, ++q)
    if (*p != *q) return *p < *q ? -1 : 1;
  return 0;
}

MP_PLAIN void* memchr(const void* in, int value, std::size_t n) {
  const auto* p = static_cast<const unsigned char*>(in);
  for (; n != 0; --n, ++p)
    if (*p == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(p);
  return nullptr;
}

MP_PLAIN std::size_t strlen(const char* text) {
  std::size_t n = 0;
  while (text[n] != '\0') ++n;
  return n;
}

// Nothing ends here: the power goes off, and with it what was in memory.
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }
extern void* const __dso_handle;
void* const __dso_handle = nullptr;
}
