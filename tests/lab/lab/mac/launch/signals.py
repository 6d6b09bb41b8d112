"""Signal numbers: a Mac's jobs are Linux processes, but whoever asks launchd speaks Darwin."""

from __future__ import annotations

import signal

_DARWIN = {
    "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "FPE": 8, "KILL": 9, "BUS": 10, "SEGV": 11,
    "SYS": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "URG": 16, "STOP": 17, "TSTP": 18, "CONT": 19, "CHLD": 20,
    "TTIN": 21, "TTOU": 22, "IO": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27, "WINCH": 28, "USR1": 30,
    "USR2": 31,
}  # fmt: skip
_NAMES = {number: name for name, number in _DARWIN.items()}
CRASHES = frozenset({"ILL", "TRAP", "ABRT", "FPE", "BUS", "SEGV", "SYS"})


def linux_number(wanted: str) -> int | None:
    """The Linux signal for a name (TERM, SIGTERM) or a Darwin number; None when there is none."""
    name = wanted.upper().removeprefix("SIG")
    if wanted.isdigit():
        name = _NAMES.get(int(wanted), "")
    return int(getattr(signal, f"SIG{name}")) if name in _DARWIN else None


def name_of(linux: int) -> str:
    return signal.Signals(linux).name.removeprefix("SIG")


def darwin_number(linux: int) -> int:
    return _DARWIN.get(name_of(linux), linux)
