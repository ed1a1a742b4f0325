#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The same scenario and seed give the same run in every build: gcc and clang, debug, release and sanitizers all run this
against one list, hashes.json. A change of the protocol or of a medium changes them; then, after a look at why:

    MPSIM=build/release/bin/mpsim tests/mpsim/hashes_test.py --write
"""
import json
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LIST = os.path.join(HERE, "hashes.json")
README = os.path.join(ROOT, "README.md")
# What the README says, then every medium and every fault, as long as a slow build bears.
RUNS = {
    "office, as in the README": ["office.toml", "--seed", "7"],
    "villages": ["villages.toml", "--seed", "3", "--duration", "300"],
    "lora field": ["lora_field.toml", "--seed", "4", "--duration", "3600", "--set", "warm_up_s=0"],
    "sleepers": ["sleepers.toml", "--seed", "5", "--duration", "120", "--set", "warm_up_s=0"],
    "mobility": ["mobility.toml", "--seed", "6", "--duration", "120", "--set", "warm_up_s=0"],
    "storm": ["storm.toml", "--seed", "7"],
}


def hash_of(arguments):
    scenario = os.path.join(ROOT, "simulator", "scenarios", arguments[0])
    done = subprocess.run([os.environ["MPSIM"], "run", scenario, *arguments[1:], "--json", "--quiet"],
                          capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise RuntimeError("mpsim run %s: %s" % (" ".join(arguments), done.stderr))
    return json.loads(done.stdout)["trace_hash"]


class Hashes(unittest.TestCase):
    def test_this_build_gives_the_known_hashes(self):
        with open(LIST, encoding="utf-8") as file:
            known = json.load(file)
        self.assertEqual(sorted(known), sorted(RUNS))
        for name, arguments in RUNS.items():
            with self.subTest(name):
                self.assertEqual(hash_of(arguments), known[name])

    def test_another_seed_gives_another_hash(self):
        self.assertNotEqual(hash_of(["hello.toml", "--seed", "1"]), hash_of(["hello.toml", "--seed", "2"]))

    def test_the_readme_tells_the_hash_of_its_command(self):
        with open(README, encoding="utf-8") as file:
            told = re.search(r"office\.toml --seed 7.*?`trace ([0-9a-f]{16})`", file.read(), re.DOTALL)
        with open(LIST, encoding="utf-8") as file:
            self.assertEqual(told and told.group(1), json.load(file)["office, as in the README"])


def write():
    hashes = {name: hash_of(arguments) for name, arguments in RUNS.items()}
    with open(LIST, "w", encoding="utf-8") as file:
        json.dump(hashes, file, indent=2)
        file.write("\n")
    with open(README, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"`trace (@HASH@|[0-9a-f]{16})`", "`trace %s`" % hashes["office, as in the README"], text)
    with open(README, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    if "--write" in sys.argv:
        write()
    else:
        unittest.main()
