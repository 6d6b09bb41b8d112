"""dseditgroup over the local node."""

from __future__ import annotations

import getopt
import grp
import os
import pwd
import sys

from lab.mac import unknown
from lab.mac.accounts import Directory, first, generated_uid

_USAGE = "usage: dseditgroup [-pqv] [-o operation] [-n nodename] [-u username] [-P password] [-m membername] groupname"


def main(arguments: list[str]) -> int:
    try:
        found, operands = getopt.getopt(arguments, "pqvLo:n:u:P:m:a:d:t:i:g:r:k:c:s:f:T:")
    except getopt.GetoptError as error:
        print(f"dseditgroup: illegal option -- {error.opt}\n{_USAGE}", file=sys.stderr)
        return 64
    flags = {name[1:]: value for name, value in found}
    if len(operands) != 1 or set(flags) - set("qvLonaditmr"):
        unknown.refuse("dseditgroup", " ".join(arguments))
    operations = {"create": _create, "delete": _delete, "edit": _edit, "checkmember": _check, "read": _read}
    operation = flags.get("o", "read")
    if operation not in operations:
        print(_USAGE, file=sys.stderr)
        return 64
    if operation in ("create", "delete", "edit") and os.geteuid() != 0:
        print("Username and password must be provided.", file=sys.stderr)
        return 77
    return operations[operation](flags, operands[0])


def _create(flags: dict[str, str], name: str) -> int:
    directory = Directory.load()
    groups = directory.records["Groups"]
    if name in groups:
        unknown.refuse("dseditgroup", f"create of {name}, which exists (the real one asks whether to overwrite it)")
    taken = {int(first(group, "PrimaryGroupID", "-1")) for group in groups.values()}
    gid = int(flags["i"]) if "i" in flags else next(number for number in range(501, 1 << 31) if number not in taken)
    groups[name] = {
        "GeneratedUID": [generated_uid("Groups", 100000 + gid)],
        "Password": ["*"],
        "PrimaryGroupID": [str(gid)],
        "RealName": [flags.get("r", name)],
        "RecordName": [name],
    }
    directory.save()
    return 0


def _missing() -> int:
    print("Group not found.", file=sys.stderr)
    return 64


def _delete(_flags: dict[str, str], name: str) -> int:
    directory = Directory.load()
    if directory.records["Groups"].pop(name, None) is None:
        return _missing()
    directory.save()
    return 0


def _edit(flags: dict[str, str], name: str) -> int:
    directory = Directory.load()
    group = directory.records["Groups"].get(name)
    if group is None:
        return _missing()
    for flag in ("a", "d"):
        if flag in flags and flags.get("t", "user") != "user":
            unknown.refuse("dseditgroup", f"-t {flags['t']}")
    if "i" in flags:
        group["PrimaryGroupID"] = [flags["i"]]
    members = group.setdefault("GroupMembership", [])
    if "a" in flags:
        if flags["a"] not in directory.records["Users"]:
            print("Record was not found.", file=sys.stderr)
            return 64
        if flags["a"] not in members:
            members.append(flags["a"])
    if "d" in flags and flags["d"] in members:
        members.remove(flags["d"])
    directory.save()
    return 0


def _check(flags: dict[str, str], name: str) -> int:
    who = flags.get("m") or pwd.getpwuid(os.geteuid()).pw_name
    try:
        group = grp.getgrnam(name)
    except KeyError:
        return _missing()
    if who in group.gr_mem or _primary(who) == group.gr_gid:
        print(f"yes {who} is a member of {name}")
        return 0
    print(f"no {who} is NOT a member of {name}")
    return 67


def _primary(who: str) -> int | None:
    try:
        return pwd.getpwnam(who).pw_gid
    except KeyError:
        return None


def _read(_flags: dict[str, str], name: str) -> int:
    try:
        group = grp.getgrnam(name)
    except KeyError:
        return _missing()
    print(f"dsAttrTypeStandard:RecordName -\n\t{name}")
    print(f"dsAttrTypeStandard:PrimaryGroupID -\n\t{group.gr_gid}")
    print("dsAttrTypeStandard:GroupMembership -")
    for member in group.gr_mem:
        print(f"\t{member}")
    return 0
