# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who listens on the Mac's TCP ports, and on behalf of which launchd service."""

from __future__ import annotations

import typing as t

from ..command import CommandError, Runner

# lsof's field output: a letter and a value a line; p starts a process, f a file of it
FIELDS = "pcLn"


class Listener(t.NamedTuple):
    """A listening socket. The address is ``*`` for all of them, and without brackets for IPv6."""

    address: str
    port: int
    pid: int
    command: str
    user: str


def parse_listeners(text: str) -> list[Listener]:
    """Read ``lsof -nP -iTCP -sTCP:LISTEN -F pcLn``; sockets that a process has twice come once."""
    listeners: list[Listener] = []
    process: dict[str, str] = {}
    for line in text.split("\n"):
        field, value = line[:1], line[1:]
        if field == "p":
            process = {"p": value}
        elif field in ("c", "L"):
            process[field] = value
        elif field == "n":
            address, colon, port = value.rpartition(":")
            if colon and port.isdigit() and process.get("p", "").isdigit():
                listener = Listener(
                    address.strip("[]"), int(port), int(process["p"]), process.get("c", ""), process.get("L", "")
                )
                if listener not in listeners:
                    listeners.append(listener)
    return listeners


def parse_parents(text: str) -> dict[int, int]:
    """Read ``ps -axo pid=,ppid=``: each process's parent."""
    parents: dict[int, int] = {}
    for line in text.split("\n"):
        words = line.split()
        if len(words) == 2 and words[0].isdigit() and words[1].isdigit():
            parents[int(words[0])] = int(words[1])
    return parents


def owner_of(pid: int, parents: t.Mapping[int, int], jobs: t.Mapping[int, str]) -> str:
    """The service that a process belongs to: it or one of its ancestors is the service's process. Empty: none."""
    seen: set[int] = set()
    while pid > 1 and pid not in seen:
        if pid in jobs:
            return jobs[pid]
        seen.add(pid)
        pid = parents.get(pid, 0)
    return ""


def read_listeners(run: Runner, lsof: str) -> list[Listener]:
    """All TCP listeners; without root only the caller's own.

    :raises CommandError: lsof failed. With nothing to show it answers 1 as well, but then it says nothing at all.
    """
    argv = [lsof, "-nP", "-iTCP", "-sTCP:LISTEN", "-F", FIELDS]
    result = run(argv)
    if result.rc != 0 and (result.rc != 1 or result.text):
        raise CommandError(argv, result, "So nobody knows whether a port is taken.")
    return parse_listeners(result.stdout)


def read_parents(run: Runner, ps: str) -> dict[int, int]:
    argv = [ps, "-axo", "pid=,ppid="]
    result = run(argv)
    if result.rc != 0:
        raise CommandError(argv, result, "So nobody knows which service a process belongs to.")
    return parse_parents(result.stdout)
