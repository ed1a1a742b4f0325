// SPDX-License-Identifier: ISC
// Replaces the global operator new of the program that links this, or hooks into the sanitizer's allocator.
#include "simulator/engine/heap_watch.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace mp::sim {

thread_local constinit bool HeapWatch::watching_ = false;
thread_local constinit std::uint64_t HeapWatch::seen_ = 0;

}  // namespace mp::sim

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MP_SANITIZED_HEAP 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define MP_SANITIZED_HEAP 1
#endif

#ifdef MP_SANITIZED_HEAP

extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                                         void (*free_hook)(const volatile void*));

namespace {
const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { mp::sim::HeapWatch::note(); }, [](const volatile void*) {});
}  // namespace

#else

void* operator new(std::size_t size) {
  mp::sim::HeapWatch::note();
  if (void* p = std::malloc(size != 0 ? size : 1)) return p;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
// The library asks so for memory that it can do without (std::stable_sort).
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  mp::sim::HeapWatch::note();
  return std::malloc(size != 0 ? size : 1);
}
void* operator new[](std::size_t size, const std::nothrow_t& nothrow) noexcept { return operator new(size, nothrow); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

#endif
