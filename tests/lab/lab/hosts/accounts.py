"""Accounts of a host, read from its own files: a Mac's are not the machine's."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from lab.errors import LabError


@dataclasses.dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str
    shell: str


def find(root: Path, name: str) -> Account:
    """The account ``name`` of the host with this root."""
    for line in (root / "etc/passwd").read_text(encoding="utf-8").splitlines():
        fields = line.split(":")
        if len(fields) == 7 and fields[0] == name:
            gid = int(fields[3])
            return Account(name, int(fields[2]), gid, (gid, *_memberships(root, name, gid)), fields[5], fields[6])
    raise LabError(f"no account {name!r} on this host")


def _memberships(root: Path, name: str, primary: int) -> list[int]:
    found = []
    for line in (root / "etc/group").read_text(encoding="utf-8").splitlines():
        fields = line.split(":")
        if len(fields) == 4 and name in fields[3].split(",") and int(fields[2]) != primary:
            found.append(int(fields[2]))
    return found
