"""vm_stat: the machine's use of memory, scaled to the memory that this Mac has."""

from __future__ import annotations

from lab.mac import options, spec

PAGE = 16384


def main(arguments: list[str]) -> int:
    options.parse("vm_stat", arguments, "", "usage: vm_stat [-c count] [interval]")
    pages = spec.load().memory_bytes // PAGE
    machine = _meminfo()
    total = machine["MemTotal"]

    def share(kilobytes: int) -> int:
        return pages * max(0, kilobytes) // total

    free = share(machine["MemFree"])
    active, inactive = share(machine["Active"]), share(machine["Inactive"])
    wired = max(0, pages - free - active - inactive)
    rows = {
        "Pages free": free,
        "Pages active": active,
        "Pages inactive": inactive,
        "Pages speculative": 0,
        "Pages throttled": 0,
        "Pages wired down": wired,
        "Pages purgeable": 0,
        '"Translation faults"': _counter("pgfault"),
        "Pages copy-on-write": 0,
        "Pages zero filled": 0,
        "Pages reactivated": 0,
        "Pages purged": 0,
        "File-backed pages": share(machine["Active(file)"] + machine["Inactive(file)"]),
        "Anonymous pages": share(machine["AnonPages"]),
        "Pages stored in compressor": 0,
        "Pages occupied by compressor": 0,
        "Decompressions": 0,
        "Compressions": 0,
        "Pageins": _counter("pgpgin"),
        "Pageouts": 0,
        "Swapins": 0,
        "Swapouts": 0,
    }
    print(f"Mach Virtual Memory Statistics: (page size of {PAGE} bytes)")
    for name, value in rows.items():
        print(f"{name + ':':<35} {value:>16}.")
    return 0


def _meminfo() -> dict[str, int]:
    with open("/proc/meminfo", encoding="ascii") as file:
        return {line.partition(":")[0]: int(line.split()[1]) for line in file}


def _counter(name: str) -> int:
    with open("/proc/vmstat", encoding="ascii") as file:
        return next((int(line.split()[1]) for line in file if line.startswith(name + " ")), 0)
