"""ps with BSD's words and columns."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from lab.mac import unknown
from lab.mac.processes import Process, every

_USAGE = """usage: ps [-AaCcEefhjlMmrSTvwXx] [-O fmt | -o fmt] [-G gid[,gid...]]
          [-g grp[,grp...]] [-u [uid,uid...]]
          [-p pid[,pid...]] [-t tty[,tty...]] [-U user[,user...]]
       ps [-L]"""
_VALUED = "OoGgptU"
_SIMPLE = "AacefjlrmSTvwXxMCE"
# Known to BSD's, and of consequence; here they would have none.
_NOT_SIMULATED = "CEMSTXclmrvOGgt"

Column = tuple[str, bool, Callable[[Process], str]]  # header, right-aligned, value


def _time(process: Process) -> str:
    seconds = process.cpu_seconds
    return f"{int(seconds // 60)}:{seconds % 60:05.2f}"


def _elapsed(process: Process) -> str:
    seconds = max(0, int(time.time() - process.started))
    days, rest = divmod(seconds, 86400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days}-{clock}" if days else clock if rest >= 3600 else clock[3:]


def _started(process: Process) -> str:
    return time.strftime("%l:%M%p", time.localtime(process.started))


def _tty(process: Process) -> str:
    return f"ttys{process.tty & 0xFF:03d}" if process.tty else "??"


def _percent_memory(process: Process) -> str:
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{100 * process.resident / total:.1f}"


_COLUMNS: dict[str, Column] = {
    "pid": ("PID", True, lambda p: str(p.pid)),
    "ppid": ("PPID", True, lambda p: str(p.ppid)),
    "pgid": ("PGID", True, lambda p: str(p.pgid)),
    "sess": ("SESS", True, lambda p: str(p.session)),
    "uid": ("UID", True, lambda p: str(p.uid)),
    "gid": ("GID", True, lambda p: str(p.gid)),
    "user": ("USER", False, lambda p: p.user),
    "ruser": ("RUSER", False, lambda p: p.user),
    "nice": ("NI", True, lambda p: str(p.nice)),
    "pri": ("PRI", True, lambda _p: "31"),
    "state": ("STAT", False, lambda p: p.state + ("s" if p.session == p.pid else "")),
    "tty": ("TTY", False, _tty),
    "time": ("TIME", True, _time),
    "etime": ("ELAPSED", True, _elapsed),
    "start": ("STARTED", False, _started),
    "lstart": ("STARTED", False, lambda p: time.strftime("%a %b %e %H:%M:%S %Y", time.localtime(p.started))),
    "%cpu": ("%CPU", True, lambda p: f"{100 * p.cpu_seconds / max(0.01, time.time() - p.started):.1f}"),
    "%mem": ("%MEM", True, _percent_memory),
    "vsz": ("VSZ", True, lambda p: str(p.virtual // 1024)),
    "rss": ("RSS", True, lambda p: str(p.resident // 1024)),
    "comm": ("COMM", False, lambda p: p.command),
    "ucomm": ("UCOMM", False, lambda p: os.path.basename(p.command)),
    "command": ("COMMAND", False, lambda p: p.command_line),
    "args": ("ARGS", False, lambda p: p.command_line),
}
_ALIASES = {
    "ni": "nice", "stat": "state", "tt": "tty", "cputime": "time", "pcpu": "%cpu", "pmem": "%mem", "vsize": "vsz",
    "rssize": "rss", "stime": "start",
}  # fmt: skip
_FORMATS = {
    "default": ["pid", "tty", "time", "command"],
    "u": ["user", "pid", "%cpu", "%mem", "vsz", "rss", "tty", "state", "start", "time", "command"],
    "f": ["uid", "pid", "ppid", "start", "tty", "time", "command"],
    "j": ["user", "pid", "ppid", "pgid", "sess", "state", "tty", "time", "command"],
}


def main(arguments: list[str]) -> int:
    flags, values, pids = _parse(arguments)
    columns = _columns(flags, values)
    chosen = [process for process in every() if _selected(process, flags, values, pids)]
    width = None if "w" in flags or not sys.stdout.isatty() else 80
    _print(columns, chosen, width)
    return 0 if chosen else 1


def _parse(arguments: list[str]) -> tuple[str, list[tuple[str, str]], set[int]]:
    flags, values, pids = "", [], set()
    waiting = [argument if i or argument.startswith("-") or argument.isdigit() else f"-{argument}"
               for i, argument in enumerate(arguments)]  # fmt: skip
    while waiting:
        argument = waiting.pop(0)
        if argument.isdigit():
            pids.add(int(argument))
            continue
        letters = argument[1:] if argument.startswith("-") else argument
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in _VALUED or (letter == "u" and not letters and waiting and argument.startswith("-u")):
                value = letters or (waiting.pop(0) if waiting else "")
                if not value:
                    print(f"ps: option requires an argument -- {letter}\n{_USAGE}", file=sys.stderr)
                    sys.exit(1)
                values.append((letter, value))
                letters = ""
            elif letter in _SIMPLE or letter == "u":
                flags += letter
            else:
                print(f"ps: illegal option -- {letter}\n{_USAGE}", file=sys.stderr)
                sys.exit(1)
    for letter in (*flags, *(letter for letter, _value in values)):
        if letter in _NOT_SIMULATED:
            unknown.refuse("ps", f"-{letter}")
    pids |= {int(pid) for letter, value in values if letter == "p" for pid in value.replace(",", " ").split()}
    return flags, values, pids


def _columns(flags: str, values: list[tuple[str, str]]) -> list[tuple[Column, str]]:
    """Each column with the header to show: ``-o user=WHO`` renames, ``-o user=`` leaves it out."""
    chosen: list[tuple[Column, str]] = []
    for letter, value in values:
        if letter != "o":
            continue
        names = [value] if "=" in value and not value.endswith("=") else value.replace(",", " ").split()
        for name in names:
            keyword, renamed, header = name.partition("=")
            keyword = _ALIASES.get(keyword.lower(), keyword.lower())
            if keyword not in _COLUMNS:
                print(f"ps: {keyword}: keyword not found", file=sys.stderr)
                sys.exit(1)
            chosen.append((_COLUMNS[keyword], header if renamed else _COLUMNS[keyword][0]))
    kinds = set(flags) & set("ufj")
    if len(kinds) + bool(chosen) > 1:
        unknown.refuse("ps", f"several formats at once: {' '.join(sorted(kinds))}")
    if not chosen:
        kind = next(iter(kinds), "default")
        chosen = [(_COLUMNS[name], "CMD" if name == "command" and kind in ("default", "f") else _COLUMNS[name][0])
                  for name in _FORMATS[kind]]  # fmt: skip
    return chosen


def _selected(process: Process, flags: str, values: list[tuple[str, str]], pids: set[int]) -> bool:
    users = {name for letter, value in values if letter in "uU" for name in value.replace(",", " ").split()}
    if pids or users:
        return process.pid in pids or process.user in users or str(process.uid) in users
    if "A" in flags or "e" in flags:
        return True
    own = process.uid == os.geteuid() or "a" in flags
    return own and (bool(process.tty) or "x" in flags)


def _print(columns: list[tuple[Column, str]], chosen: list[Process], width: int | None) -> None:
    rows = [[value(process) for (_, _, value), _ in columns] for process in chosen]
    headers = [header for _, header in columns]
    if any(headers):
        rows.insert(0, headers)
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(len(columns))]
    for row in rows:
        cells = []
        for i, ((_, right, _value), cell) in enumerate(zip((c for c, _ in columns), row, strict=True)):
            last = i == len(row) - 1
            cells.append(cell.rjust(widths[i]) if right else cell if last else cell.ljust(widths[i]))
        print(" ".join(cells)[:width])
