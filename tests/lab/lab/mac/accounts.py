"""The local directory node of a simulated Mac, and its mirror in /etc for the Linux C library underneath.

The records are kept by the names that dscl(1) speaks, each attribute a list of strings.
"""

from __future__ import annotations

import ctypes
import os
import plistlib
import secrets
import uuid
from collections.abc import Iterable
from pathlib import Path

NODE = "var/db/dslocal/nodes/Default"
HASHED = "********"
HASH_ATTRIBUTE = "dsAttrTypeNative:ShadowHashData"

# Debian's sshd drops its privileges to an account of this very name; macOS calls it _sshd.
PRIVILEGE_SEPARATION = "sshd:*:75:75:sshd Privilege separation:/var/empty:/usr/bin/false"

Record = dict[str, list[str]]

_SYSTEM_USERS = [
    ("nobody", -2, -2, "/var/empty", "/usr/bin/false", "Unprivileged User"),
    ("root", 0, 0, "/var/root", "/bin/sh", "System Administrator"),
    ("daemon", 1, 1, "/var/root", "/usr/bin/false", "System Services"),
    ("_uucp", 4, 4, "/var/spool/uucp", "/usr/sbin/uucico", "Unix to Unix Copy Protocol"),
    ("_lp", 26, 26, "/var/spool/cups", "/usr/bin/false", "Printing Services"),
    ("_postfix", 27, 27, "/var/spool/postfix", "/usr/bin/false", "Postfix Mail Server"),
    ("_www", 70, 70, "/Library/WebServer", "/usr/bin/false", "World Wide Web Server"),
    ("_mysql", 74, 74, "/var/empty", "/usr/bin/false", "MySQL Server"),
    ("_sshd", 75, 75, "/var/empty", "/usr/bin/false", "sshd Privilege separation"),
    ("_spotlight", 89, 89, "/var/empty", "/usr/bin/false", "Spotlight"),
    ("_windowserver", 88, 88, "/var/empty", "/usr/bin/false", "WindowServer"),
    ("_mdnsresponder", 65, 65, "/var/empty", "/usr/bin/false", "mDNSResponder"),
    ("_networkd", 24, 24, "/var/networkd", "/usr/bin/false", "Network Services"),
    ("_timed", 266, 266, "/var/db/timed", "/usr/bin/false", "Time Sync Daemon"),
]
_SYSTEM_GROUPS = [
    ("nobody", -2), ("nogroup", -1), ("wheel", 0), ("daemon", 1), ("kmem", 2), ("sys", 3), ("tty", 4), ("operator", 5),
    ("mail", 6), ("bin", 7), ("procview", 8), ("procmod", 9), ("owner", 10), ("everyone", 12), ("group", 16),
    ("staff", 20), ("_networkd", 24), ("_lp", 26), ("_postfix", 27), ("certusers", 29), ("utmp", 45), ("network", 69),
    ("_mdnsresponder", 65), ("_www", 70), ("_mysql", 74), ("_sshd", 75), ("_appserverusr", 79), ("admin", 80),
    ("_appserveradm", 81), ("_windowserver", 88), ("_spotlight", 89), ("_lpadmin", 98), ("_developer", 204),
    ("_timed", 266), ("com.apple.access_ssh", 399),
]  # fmt: skip
_ADMIN_GROUPS = (
    "everyone",
    "admin",
    "_appserverusr",
    "_appserveradm",
    "_lpadmin",
    "_developer",
    "com.apple.access_ssh",
)


def generated_uid(kind: str, number: int) -> str:
    """macOS derives the UUIDs of its own accounts from their numbers; a fixed scheme keeps a disk reproducible."""
    prefix = "FFFFEEEE-DDDD-CCCC-BBBB-AAAA" if kind == "Users" else "ABCDEFAB-CDEF-ABCD-EFAB-CDEF"
    return f"{prefix}{number & 0xFFFFFFFF:08X}"


def hash_password(password: str) -> str:
    """The salted SHA-512 hash that PAM checks; the standard library's own binding left it in Python 3.13."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    salt = "$6$" + secrets.token_hex(8)
    hashed = library.crypt(password.encode(), salt.encode())
    if not hashed or not hashed.startswith(b"$6$"):
        raise RuntimeError("the C library cannot make a SHA-512 password hash")
    return str(hashed, "ascii")


class Directory:
    """Users and groups of one Mac. ``save`` writes node and mirror; hashes are kept in the mirror, for root only."""

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root
        self.records: dict[str, dict[str, Record]] = {"Users": {}, "Groups": {}}

    @classmethod
    def load(cls, root: Path = Path("/")) -> Directory:
        directory = cls(root)
        for kind in directory.records:
            path = root / NODE / f"{kind.lower()}.plist"
            directory.records[kind] = plistlib.loads(path.read_bytes())
        if os.geteuid() == 0:
            for line in (root / "etc/shadow").read_text(encoding="utf-8").splitlines():
                name, hashed = line.split(":")[:2]
                directory.records["Users"][name][HASH_ATTRIBUTE] = [hashed]
        return directory

    @classmethod
    def factory_new(cls, root: Path, admin_hash: str | None, shell: str) -> Directory:
        directory = cls(root)
        for name, uid, gid, home, user_shell, real_name in _SYSTEM_USERS:
            directory.add_user(name, uid, gid, home, user_shell, real_name)
        for name, gid in _SYSTEM_GROUPS:
            directory.add_group(name, gid)
        directory.add_user("admin", 501, 20, "/Users/admin", shell, "Admin")
        admin = directory.records["Users"]["admin"]
        admin["GeneratedUID"] = [str(uuid.uuid4()).upper()]
        if admin_hash:
            admin["Password"] = [HASHED]
            admin[HASH_ATTRIBUTE] = [admin_hash]
        for name in _ADMIN_GROUPS:
            directory.records["Groups"][name].setdefault("GroupMembership", []).append("admin")
        for name in ("wheel", "daemon", "staff", "admin"):
            members = directory.records["Groups"][name].setdefault("GroupMembership", [])
            members.insert(0, "root")
        return directory

    def add_user(self, name: str, uid: int, gid: int, home: str, shell: str, real_name: str) -> None:
        self.records["Users"][name] = {
            "GeneratedUID": [generated_uid("Users", uid)],
            "NFSHomeDirectory": [home],
            "Password": ["*"],
            "PrimaryGroupID": [str(gid)],
            "RealName": [real_name],
            "RecordName": [name],
            "UniqueID": [str(uid)],
            "UserShell": [shell],
        }

    def add_group(self, name: str, gid: int) -> None:
        self.records["Groups"][name] = {
            "GeneratedUID": [generated_uid("Groups", gid)],
            "Password": ["*"],
            "PrimaryGroupID": [str(gid)],
            "RecordName": [name],
        }

    def save(self) -> None:
        for kind, records in self.records.items():
            path = self.root / NODE / f"{kind.lower()}.plist"
            public = {
                name: {key: values for key, values in record.items() if key != HASH_ATTRIBUTE}
                for name, record in records.items()
            }
            _replace(path, plistlib.dumps(public), 0o644)
        _replace(self.root / "etc/passwd", _lines(self._passwd()), 0o644)
        _replace(self.root / "etc/group", _lines(self._group()), 0o644)
        _replace(self.root / "etc/shadow", _lines(self._shadow()), 0o600)

    def _passwd(self) -> Iterable[str]:
        for name, user in self.records["Users"].items():
            if "UniqueID" not in user:  # dscl creates a record before it has a number
                continue
            mark = "x" if user.get("Password") == [HASHED] else "*"
            uid = int(user["UniqueID"][0]) & 0xFFFFFFFF
            gid = int(first(user, "PrimaryGroupID", "-2")) & 0xFFFFFFFF
            home, shell = first(user, "NFSHomeDirectory", "/var/empty"), first(user, "UserShell", "/usr/bin/false")
            yield f"{name}:{mark}:{uid}:{gid}:{first(user, 'RealName', '')}:{home}:{shell}"
        yield PRIVILEGE_SEPARATION

    def _group(self) -> Iterable[str]:
        for name, group in self.records["Groups"].items():
            if "PrimaryGroupID" in group:
                gid = int(group["PrimaryGroupID"][0]) & 0xFFFFFFFF
                yield f"{name}:*:{gid}:{','.join(group.get('GroupMembership', []))}"

    def _shadow(self) -> Iterable[str]:
        for name, user in self.records["Users"].items():
            if HASH_ATTRIBUTE in user:
                yield f"{name}:{user[HASH_ATTRIBUTE][0]}:20000:0:99999:7:::"


def first(record: Record, attribute: str, default: str) -> str:
    values = record.get(attribute)
    return values[0] if values else default


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _replace(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.chmod(mode)
    temporary.replace(path)
