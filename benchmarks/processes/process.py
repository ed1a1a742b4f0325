# SPDX-License-Identifier: ISC
"""What the system says of a process: the time it has computed, the memory that is its own."""
import os

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def cpu_ms(pid):
    """Of all its threads: to the nanosecond where the scheduler says so, else in ticks."""
    try:
        total = 0
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total / 1e6
    except FileNotFoundError:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * TICK_MS


def memory(pid):
    """Bytes: resident, its share of what it has in common with others (Pss), and what is its own alone."""
    kib = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        next(file)  # the range of addresses
        for line in file:
            name, value, *_ = line.split()
            kib[name.rstrip(":")] = int(value)
    return {"rss": kib["Rss"] * 1024, "pss": kib["Pss"] * 1024,
            "private": (kib["Private_Clean"] + kib["Private_Dirty"]) * 1024}


def peak(pid):
    """Bytes that were resident at most."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
