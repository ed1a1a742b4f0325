#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Our espnow medium against ns-3's 802.11b: share of broadcasts received, over distance and load (README.md).

    tests/ns3/compare.py --bin build/ns3 [--seconds 60] [--case NAME] [--ed-dbm -92.6]

Exit code 1 if a figure is apart by more than 10 % of ns-3's, or by more than 0.02 where ns-3 has 0.2 or less.
"""

import argparse
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

RANGE_M = 192
BANDS_M = [0, 50, 100, 150, RANGE_M]
RELATIVE, ABSOLUTE, SMALL = 0.10, 0.02, 0.2
FEWEST = 2000  # frames that a figure must stand on


def random_square(n, side_m, seed):
    draw = random.Random(seed)
    return [(round(draw.uniform(0, side_m), 3), round(draw.uniform(0, side_m), 3)) for _ in range(n)]


def chain(n, gap_m):
    return [(i * gap_m, 0) for i in range(n)]


# name: positions, frames a second from each node
CASES = {
    "25 in 250 m": (random_square(25, 250, 1), [1, 4, 10, 40]),
    "25 in 500 m": (random_square(25, 500, 2), [1, 4, 10, 40]),
    "49 in 600 m": (random_square(49, 600, 3), [1, 4, 10, 40]),
    "chain of 9, 120 m": (chain(9, 120), [4, 20, 60]),
    "chain of 9, 170 m": (chain(9, 170), [4, 20, 60]),
}


def run(program, positions, rate, args):
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("name,x,y\n")
        for i, (x, y) in enumerate(positions):
            file.write(f"{i},{x},{y}\n")
        file.flush()
        command = [program, "--positions", file.name, "--rate", str(rate), "--seconds", str(args.seconds)]
        command += ["--seed", str(args.seed), "--ed-dbm", str(args.ed_dbm)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def bands(positions, result):
    """[(frames sent to a node in this band, share of them received)]"""
    heard = {(a, b): count for a, b, count in result["heard"]}
    sums = [[0, 0] for _ in BANDS_M[1:]]
    for a, (ax, ay) in enumerate(positions):
        for b, (bx, by) in enumerate(positions):
            distance = math.hypot(ax - bx, ay - by)
            if a == b or distance > RANGE_M:
                continue
            band = sums[next(i for i, end in enumerate(BANDS_M[1:]) if distance <= end)]
            band[0] += result["sent"][a]
            band[1] += heard.get((a, b), 0)
    return [(sent, received / sent if sent else 0.0) for sent, received in sums]


def verdict(ours, theirs):
    apart = abs(ours - theirs)
    return apart <= RELATIVE * theirs if theirs > SMALL else apart <= ABSOLUTE


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, default=pathlib.Path("build/ns3"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", default="")
    parser.add_argument("--ed-dbm", type=float, default=-92.6, help="carrier sense by energy, both")
    args = parser.parse_args()

    print(f"seed {args.seed}, {args.seconds:g} s, carrier sense {args.ed_dbm:g} dBm")
    print("case               load/s  sent ns-3   ours  distance m     ns-3    ours   apart")
    worst, wrong = 0.0, 0
    for name, (positions, rates) in CASES.items():
        if args.case not in name:
            continue
        for rate in rates:
            theirs = run(args.bin / "ns3_air", positions, rate, args)
            ours = run(args.bin / "our_air", positions, rate, args)
            sent = sum(theirs["sent"]), sum(ours["sent"])
            for i, (their, our) in enumerate(zip(bands(positions, theirs), bands(positions, ours))):
                if min(their[0], our[0]) < FEWEST:
                    continue
                good = verdict(our[1], their[1])
                wrong += not good
                if their[1] > SMALL:
                    worst = max(worst, abs(our[1] / their[1] - 1))
                apart = f"{(our[1] / their[1] - 1) * 100:+.1f} %" if their[1] > SMALL else f"{our[1] - their[1]:+.3f}"
                print(
                    f"{name:18} {rate:6g} {sent[0]:10} {sent[1]:6}  {BANDS_M[i]:4}-{BANDS_M[i + 1]:<7}"
                    f"{their[1]:8.3f}{our[1]:8.3f}{apart:>9}{'' if good else '  <-- too far'}"
                )
            good = verdict(sent[1] / sent[0], 1)
            wrong += not good
            if not good:
                print(f"{name:18} {rate:6g} frames sent: {sent[1] / sent[0]:.3f} of ns-3's  <-- too far")
    print(f"worst {worst * 100:.1f} %, {'all within 10 %' if wrong == 0 else f'{wrong} figures too far'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
