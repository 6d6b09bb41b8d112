"""id."""

from __future__ import annotations

import grp
import os
import pwd
import sys

from lab.mac import options, unknown

_USAGE = """usage: id [user]
       id -A
       id -F [user]
       id -G [-n] [user]
       id -M
       id -P [user]
       id -g [-nr] [user]
       id -p [user]
       id -u [-nr] [user]"""


def main(arguments: list[str]) -> int:
    flags, operands = options.parse("id", arguments, "AFGMPgnpru", _USAGE)
    for audit in sorted({"A", "M"} & set(flags)):
        unknown.refuse("id", f"-{audit}")
    if operands:
        found = _user(operands[0])
        if found is None:
            print(f"id: {operands[0]}: no such user", file=sys.stderr)
            return 1
        uid, gid = found.pw_uid, found.pw_gid
        groups = [gid, *(group for group in os.getgrouplist(found.pw_name, gid) if group != gid)]
    else:
        real = "r" in flags
        uid, gid = (os.getuid(), os.getgid()) if real else (os.geteuid(), os.getegid())
        groups = [gid, *(group for group in os.getgroups() if group != gid)]
    if "u" in flags:
        print(_name(uid) if "n" in flags else signed(uid))
    elif "g" in flags:
        print(_group(gid) if "n" in flags else signed(gid))
    elif "G" in flags:
        print(" ".join(_group(group) if "n" in flags else str(signed(group)) for group in groups))
    elif "F" in flags:
        print(pwd.getpwuid(uid).pw_gecos)
    elif "P" in flags:
        who = pwd.getpwuid(uid)
        print(
            f"{who.pw_name}:********:{signed(uid)}:{signed(who.pw_gid)}::0:0:{who.pw_gecos}:{who.pw_dir}:{who.pw_shell}"
        )
    elif "p" in flags:
        print(f"uid\t{_name(uid)}")
        print("groups\t" + " ".join(_group(group) for group in groups))
    else:
        listed = ",".join(f"{signed(group)}({_group(group)})" for group in groups)
        print(f"uid={signed(uid)}({_name(uid)}) gid={signed(gid)}({_group(gid)}) groups={listed}")
    return 0


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
    except KeyError:
        return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(signed(uid))


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(signed(gid))


def signed(number: int) -> int:
    """macOS shows nobody as -2."""
    return number - (1 << 32) if number > 0x7FFFFFFF else number
