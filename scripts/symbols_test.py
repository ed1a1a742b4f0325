#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""scripts/symbols.py sees what must not be in the core: compiles each sin for a microcontroller and looks."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import symbols  # noqa: E402

COMPILER = ["arm-none-eabi-g++", "-std=c++20", "-Os", "-mcpu=cortex-m3", "-mthumb", "-fno-exceptions", "-fno-rtti"]


class Symbols(unittest.TestCase):
    def faults(self, source, *without):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "x.cpp"
            file.write_text(source, encoding="utf-8")
            flags = [flag for flag in COMPILER if flag not in without]
            subprocess.run([*flags, "-c", str(file), "-o", f"{folder}/x.o"], check=True)
            subprocess.run(["arm-none-eabi-ar", "rc", f"{folder}/x.a", f"{folder}/x.o"], check=True)
            return "\n".join(symbols.judge(*symbols.read("arm-none-eabi-nm", [f"{folder}/x.a"]))[0])

    def test_plain_code_passes(self):
        source = "#include <cstring>\nvoid f(char* a, const char* b, unsigned n) { std::memcpy(a, b, n); }"
        self.assertEqual(self.faults(source), "")

    def test_malloc_is_seen(self):
        self.assertIn("malloc: the heap", self.faults("#include <cstdlib>\nvoid* f() { return std::malloc(7); }"))

    def test_new_is_seen(self):
        self.assertIn("_Znwj: operator new", self.faults("int* f() { return new int; }"))

    def test_a_public_virtual_destructor_is_seen(self):
        source = "struct A { virtual ~A(); }; A::~A() {}"
        self.assertIn("operator new or delete", self.faults(source))

    def test_a_throw_is_seen(self):
        found = self.faults("void f() { throw 1; }", "-fno-exceptions")
        self.assertIn("__cxa_throw: exceptions", found)
        self.assertIn("unwinding", found)

    def test_a_throwing_library_call_is_seen(self):
        found = self.faults("#include <array>\nint f(std::array<int, 3>& a, unsigned i) { return a.at(i); }")
        self.assertIn("a library function that throws", found)

    def test_rtti_is_seen(self):
        source = "struct A { virtual int f(); }; struct B : A {}; B* f(A* a) { return dynamic_cast<B*>(a); }"
        self.assertIn("__dynamic_cast: RTTI", self.faults(source, "-fno-rtti"))

    def test_a_guarded_static_is_seen(self):
        self.assertIn("a local static with a guard", self.faults("int g(); int f() { static int x = g(); return x; }"))

    def test_a_static_with_a_destructor_is_seen(self):
        self.assertIn("a static with a destructor", self.faults("struct A { ~A(); }; A a;"))

    def test_atomics_the_processor_lacks_are_seen(self):
        source = "#include <atomic>\nstd::atomic<long long> n; void f() { n.fetch_add(1); }"
        self.assertIn("atomics that the processor lacks", self.faults(source))

    def test_a_system_call_is_seen(self):
        self.assertIn("write: undefined", self.faults('extern "C" int write(int); int f() { return write(1); }'))


if __name__ == "__main__":
    unittest.main()
