"""sysctl: the names that Ansible and people ask a Mac for."""

from __future__ import annotations

import os
import struct
import sys
import time

from lab.mac import processes, spec, unknown

_USAGE = """usage: sysctl [-bdehiNnoqx] [-B <bufsize>] [-f filename] name[=value] ...
       sysctl [-bdehNnoqx] [-B <bufsize>] -a"""


# What a Mac has more of than the table: not to be simulated is not to be unknown.
_BRANCHES = ("hw.", "iogpu.", "kern.", "machdep.", "net.", "vm.")
# What only Macs with Intel's processors have.
_ABSENT = {
    "hw.busfrequency", "hw.cpufrequency", "hw.cpufrequency_max", "hw.cpufrequency_min", "machdep.cpu.family",
    "machdep.cpu.features", "machdep.cpu.leaf7_features", "machdep.cpu.vendor",
}  # fmt: skip


def table() -> dict[str, str]:
    mac = spec.load()
    boot = processes.boot_time()
    seconds = int(boot)
    boottime = time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(boot))
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return {
        "hw.ncpu": str(mac.cores),
        "hw.byteorder": "1234",
        "hw.memsize": str(mac.memory_bytes),
        "hw.activecpu": str(mac.cores),
        "hw.physicalcpu": str(mac.cores),
        "hw.physicalcpu_max": str(mac.cores),
        "hw.logicalcpu": str(mac.cores),
        "hw.logicalcpu_max": str(mac.cores),
        "hw.perflevel0.physicalcpu": str(mac.performance_cores),
        "hw.perflevel1.physicalcpu": str(mac.efficiency_cores),
        "hw.nperflevels": "2",
        "hw.cputype": "16777228",
        "hw.cpusubtype": "2",
        "hw.cpu64bit_capable": "1",
        "hw.cacheline": "128",
        "hw.pagesize": "16384",
        "hw.pagesize32": "16384",
        "hw.memsize_usable": str(mac.memory_bytes - (mac.memory_bytes >> 6)),
        "hw.optional.arm64": "1",
        "hw.packages": "1",
        "hw.targettype": "J773s",
        "hw.model": mac.model,
        "hw.machine": "arm64",
        "machdep.cpu.cores_per_package": str(mac.cores),
        "machdep.cpu.core_count": str(mac.cores),
        "machdep.cpu.logical_per_package": str(mac.cores),
        "machdep.cpu.thread_count": str(mac.cores),
        "machdep.cpu.brand_string": mac.chip,
        "kern.ostype": "Darwin",
        "kern.osrelease": mac.darwin,
        "kern.osrevision": "199506",
        "kern.version": mac.kernel_version(),
        "kern.hostname": os.uname().nodename,
        "kern.boottime": f"{{ sec = {seconds}, usec = {int((boot - seconds) * 1e6)} }} {boottime}",
        "kern.osversion": mac.build,
        "kern.osproductversion": mac.product_version,
        "kern.maxfiles": "491520",
        "kern.maxfilesperproc": "245760",
        "kern.maxproc": "12000",
        "kern.hv_support": "1",
        "kern.secure_kernel": "0",
        "net.inet.ip.forwarding": "0",
        "net.inet.ip.check_interface": "0",
        "net.inet.ip.portrange.first": "49152",
        "net.inet.ip.portrange.last": "65535",
        "vm.loadavg": f"{{ {load} }}",
        "vm.swapusage": "total = 0.00M  used = 0.00M  free = 0.00M  (encrypted)",
        "iogpu.wired_limit_mb": "0",
        "sysctl.proc_translated": "0",
    }


def _raw(name: str, value: str) -> bytes:
    if name == "kern.boottime":
        boot = processes.boot_time()
        return struct.pack("<qq", int(boot), int((boot - int(boot)) * 1e6))
    if value.lstrip("-").isdigit():
        return struct.pack("<q" if name in ("hw.memsize", "hw.memsize_usable") else "<i", int(value))
    return value.encode() + b"\0"


def main(arguments: list[str]) -> int:
    flags, names = "", []
    for argument in arguments:
        if argument.startswith("-"):
            flags += argument[1:]
        else:
            names.append(argument)
    if set(flags) - set("abeinqN"):
        if set(flags) - set("abdehiNnoqxBfAX"):
            print(f"sysctl: illegal option -- {sorted(set(flags) - set('abdehiNnoqxBfAX'))[0]}", file=sys.stderr)
            print(_USAGE, file=sys.stderr)
            return 1
        unknown.refuse("sysctl", f"-{flags}")
    known = table()
    if "a" in flags:
        names = list(known)
    elif not names:
        print(_USAGE, file=sys.stderr)
        return 1
    return sum(_show(name, flags, known) for name in names)


def _show(name: str, flags: str, known: dict[str, str]) -> int:
    """Prints a name or a whole branch; returns 1 when there is no such thing."""
    if "=" in name:
        if os.geteuid() != 0:
            print(f"sysctl: {name.partition('=')[0]}: Operation not permitted", file=sys.stderr)
            return 1
        unknown.refuse("sysctl", f"setting {name}")
    found = [name] if name in known else [key for key in known if key.startswith(f"{name}.")]
    if not found:
        if name.startswith(_BRANCHES) and name not in _ABSENT:
            unknown.refuse("sysctl", name)
        if "i" not in flags and "q" not in flags:
            print(f"sysctl: unknown oid '{name}'", file=sys.stderr)
        return 0 if "i" in flags else 1
    for key in found:
        value = known[key]
        if "b" in flags:
            sys.stdout.buffer.write(_raw(key, value))
            sys.stdout.buffer.flush()
        elif "N" in flags:
            print(key)
        elif "n" in flags:
            print(value)
        else:
            print(f"{key}={value}" if "e" in flags else f"{key}: {value}")
    return 0
