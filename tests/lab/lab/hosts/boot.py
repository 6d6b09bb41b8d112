"""The first steps of a host: runs as pid 1 of its new namespaces, gives it a root of its own, becomes its init."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from lab import addresses
from lab.command import run
from lab.hosts import kernel, plan
from lab.hosts.plan import Plan
from lab.settings import KEYS

# The name of a mount is how a process of the lab is told from one of the machine, whatever else it hides.
MOUNT_NAME = "remote-ollama-lab"
# python finds its library by the name that it is called
PYTHON = "/.lab/python/bin/python3"
LAUNCHD = "/.lab/sim/lab/mac/launchd.py"


def main(name: str) -> None:
    what = plan.load(name)
    # This process's number outside: /proc is still the machine's.
    (what.folder / "pid1").write_text(str(Path("/proc/self").readlink()), encoding="ascii")
    socket.sethostname(name)
    _configure_network(what)
    if what.kind == "mac":
        _boot_mac(what)
    else:
        _boot_linux(what)


def _configure_network(what: Plan) -> None:
    for family, lines in what.network.items():
        run(["ip", family, "-batch", "-"], text="\n".join(lines) + "\n")


def _mount_proc(target: Path) -> None:
    kernel.mount("proc", target, "proc", kernel.NO_SUID | kernel.NO_DEV | kernel.NO_EXEC)


def _temporary(target: Path, mode: str) -> None:
    kernel.mount(MOUNT_NAME, target, "tmpfs", kernel.NO_SUID | kernel.NO_DEV, f"mode={mode}")


def _take_packets_from_any_interface() -> None:
    """As macOS does: an address of the Mac is answered on whichever interface a packet for it comes in."""
    for name in ("all", "default", "eth0"):
        Path(f"/proc/sys/net/ipv4/conf/{name}/rp_filter").write_text("0", encoding="ascii")


def _boot_mac(what: Plan) -> None:
    root, upper, work = (what.folder / name for name in ("root", "upper", "work"))
    for path in (root, upper, work):
        path.mkdir(exist_ok=True)
    kernel.mount(MOUNT_NAME, root, "overlay", 0, f"lowerdir=/,upperdir={upper},workdir={work}")
    for source, target in what.binds:
        place = root / target.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        kernel.bind(Path(source), place)
    _mount_proc(root / "proc")
    kernel.mount("/dev", root / "dev", flags=kernel.BIND | kernel.RECURSIVE)
    kernel.mount("sysfs", root / "sys", "sysfs", kernel.READ_ONLY | kernel.NO_SUID | kernel.NO_DEV | kernel.NO_EXEC)
    kernel.enter_root(root)
    _temporary(Path("/dev/shm"), "1777")
    _temporary(Path("/tmp"), "1777")
    _temporary(Path("/run"), "0755")
    _take_packets_from_any_interface()
    os.execve(
        PYTHON,
        [PYTHON, "-I", "-S", LAUNCHD],
        {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", **what.environment},
    )


def _boot_linux(what: Plan) -> None:
    """The machine's own root, so that the checkout and its .venv are at their places. /etc and /run are the host's."""
    new_run = what.folder / "root"
    new_run.mkdir(exist_ok=True)
    _temporary(new_run, "0755")
    own = new_run / "lab"
    own.mkdir()
    kernel.bind(what.folder, own, writable=True)
    if what.name == addresses.LAPTOP:
        place = new_run / KEYS.relative_to("/run")
        place.mkdir(parents=True)
        kernel.bind(KEYS, place)
    etc = what.folder / "etc"
    kernel.mount(MOUNT_NAME, "/etc", "overlay", 0, f"lowerdir=/etc,upperdir={etc / 'upper'},workdir={etc / 'work'}")
    kernel.mount(new_run, "/run", flags=kernel.MOVE)
    _mount_proc(Path("/proc"))
    _take_packets_from_any_interface()
    os.execve(sys.executable, [sys.executable, "-m", "lab.hosts.linux_init", what.name], dict(os.environ))


if __name__ == "__main__":
    main(sys.argv[1])
