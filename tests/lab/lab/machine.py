"""What the lab needs of the machine, asked before anything is built or started."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from lab.errors import LabError
from lab.settings import PACKAGE, SOURCE, cache

# program: the package that has it, on Debian and its kin
_PROGRAMS = {
    "dpkg-deb": "dpkg",
    "g++": "g++",
    "gcc": "gcc",
    "ip": "iproute2",
    "lsof": "lsof",
    "nft": "nftables",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "ssh": "openssh-client",
    "/usr/sbin/sshd": "openssh-server",
    "sudo": "sudo",
    "unshare": "util-linux",
}

_NEW = ["unshare", "--mount", "--net", "sh", "-c"]

# What is missing when a trial fails. Trials leave nothing behind: they run in namespaces that end with them.
_NAMESPACES = {
    "mount namespaces (CLONE_NEWNS), which need CAP_SYS_ADMIN": ["unshare", "--mount", "true"],
    "network namespaces (CONFIG_NET_NS)": ["unshare", "--net", "true"],
    "process, host name and IPC namespaces (CONFIG_PID_NS, CONFIG_UTS_NS, CONFIG_IPC_NS)": [
        "unshare", "--pid", "--uts", "--ipc", "--fork", "true",
    ],
}  # fmt: skip
_FEATURES = {
    "bridges (CONFIG_BRIDGE)": [*_NEW, "ip link add trial type bridge"],
    "pairs of virtual cables (CONFIG_VETH)": [*_NEW, "ip link add trial type veth peer name other"],
    "IPv6 (CONFIG_IPV6, not disabled)": [*_NEW, "ip link set lo up && ip -6 addr add fd99::1/64 dev lo nodad"],
    "tun devices (/dev/net/tun, CONFIG_TUN)": [*_NEW, "ip tuntap add dev trial mode tun"],
    "policy routing (CONFIG_IP_MULTIPLE_TABLES)": [
        *_NEW, "ip rule add fwmark 0x80000/0xff0000 pref 5210 table 52",
    ],
    "packet filter for bridges (CONFIG_NF_TABLES_BRIDGE)": [
        *_NEW, "nft add table bridge trial && nft add chain bridge trial c '{ type filter hook forward priority 0; }'",
    ],
    "overlays over the root file system (CONFIG_OVERLAY_FS) with layers on tmpfs (CONFIG_TMPFS_XATTR)": [
        *_NEW,
        ("mount -t tmpfs trial /mnt && mkdir /mnt/up /mnt/work /mnt/root"
        " && mount -t overlay trial -o lowerdir=/,upperdir=/mnt/up,workdir=/mnt/work /mnt/root"
        " && mkdir /mnt/root/.trial"),
    ],
}  # fmt: skip


def check() -> None:
    """Raises LabError with a line for each thing that the machine lacks."""
    if lines := missing():
        raise LabError("\n".join(lines))


def missing() -> list[str]:
    """One line for each thing that the machine lacks; none when the lab can run here."""
    if sys.platform != "linux":
        return [f"the lab needs Linux; this is {sys.platform}"]
    if os.geteuid() != 0:
        return ["the lab needs root: it makes namespaces, mounts and network interfaces"]
    lines = []
    if platform.machine() not in ("x86_64", "aarch64"):
        lines.append(f"processor: the lab runs on x86_64 and aarch64, not on {platform.machine()}")
    lines += [
        f"program {name}: not found; apt-get install {package}"
        for name, package in _PROGRAMS.items()
        if not shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    ]
    if not Path("/run").is_dir():
        lines.append("folder /run: the lab keeps its state there")
    lines += _no_way_to_haproxy() + _unreadable()
    if any(not shutil.which(program) for program in ("unshare", "ip", "nft")):
        return lines
    # without namespaces every other trial fails for that same reason
    return lines + (_failed(_NAMESPACES) or _failed(_FEATURES))


def _no_way_to_haproxy() -> list[str]:
    """Asked before anything is built: the builds take minutes."""
    # `lab exec` does without
    from lab.programs import debian, haproxy  # noqa: PLC0415
    from lab.programs.cache import Cache  # noqa: PLC0415

    if Cache(cache()).has(haproxy.recipe()):
        return []
    if not shutil.which("apt-get"):
        return ["program apt-get: not found; the lab takes HAProxy from Debian's archive, on Debian and its kin"]
    try:
        debian.choose(debian.machine_sources())
    except LabError as error:
        return [str(error)]
    return []


def _unreadable() -> list[str]:
    """The users of a Mac run its tools out of this source tree, which every Mac has as a mount of its own."""
    for path in (SOURCE, PACKAGE, *PACKAGE.rglob("*")):
        mode = path.stat().st_mode
        needed = 0o5 if mode & 0o100 else 0o4
        if "__pycache__" not in path.parts and mode & needed != needed:
            return [f"permissions: others may not read {path}, which they need on a Mac; chmod -R o+rX {SOURCE}"]
    return []


def _failed(trials: dict[str, list[str]]) -> list[str]:
    lines = []
    for what, argv in trials.items():
        trial = subprocess.run(argv, capture_output=True, text=True, check=False)
        if trial.returncode != 0:
            reason = " ".join(trial.stderr.split()) or f"exit status {trial.returncode}"
            lines.append(f"kernel: no {what}: {reason}")
    return lines
