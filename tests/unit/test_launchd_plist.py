"""What keeps launchd from loading a property list is found before it is asked."""

from __future__ import annotations

import os
import plistlib
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd import plist

GOOD: dict[str, Any] = {"Label": "org.x", "ProgramArguments": ["/bin/sh", "-c", "true"]}


def write(path: Path, content: dict[str, Any]) -> str:
    path.write_bytes(plistlib.dumps(content))
    path.chmod(0o644)
    return str(path)


def check(path: Path, content: dict[str, Any], domain: str = "system", uid: int = 0) -> None:
    plist.check(write(path, content), content, "org.x", domain, uid)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "org.x.plist"


def as_root() -> bool:
    return os.geteuid() == 0


needs_root = pytest.mark.skipif(not as_root(), reason="only root can make a file that is root's")


@needs_root
def test_a_good_one_passes(path: Path) -> None:
    check(path, GOOD)
    check(path, dict(GOOD, UserName="root"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"Label": "org.y"}, "has the Label org.y, not org.x"),
        ({"Label": None}, "has no Label"),
        ({"ProgramArguments": []}, "neither Program nor ProgramArguments"),
        ({"ProgramArguments": ["/nowhere/prog"]}, "/nowhere/prog, which does not exist"),
        ({"ProgramArguments": ["no-such-program"]}, "does not exist in /usr/bin:/bin:/usr/sbin:/sbin"),
        ({"ProgramArguments": ["/etc/passwd"]}, "which is not executable"),
        ({"Program": "/nowhere/prog"}, "/nowhere/prog, which does not exist"),
        ({"UserName": "nobody-of-this-name"}, "no such account"),
        ({"GroupName": "no-group-of-this-name"}, "no such group"),
    ],
)
def test_each_fault_is_named(path: Path, change: dict[str, Any], says: str) -> None:
    content = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(plist.PlistError, match=says) as caught:
        check(path, content)
    assert str(path) in caught.value.message


def test_accounts_matter_in_the_system_domain_only(path: Path) -> None:
    check(path, dict(GOOD, UserName="nobody-of-this-name"), domain="gui", uid=os.geteuid())


def test_others_may_not_write_to_it(path: Path) -> None:
    write(path, GOOD)
    path.chmod(0o664)
    with pytest.raises(plist.PlistError, match=r"mode 0664.*122 \(Path had bad ownership/permissions\).*0644"):
        plist.check(str(path), GOOD, "org.x", "gui", os.geteuid())


def test_it_belongs_to_its_person(path: Path) -> None:
    if not as_root():
        with pytest.raises(plist.PlistError, match="It has to belong to root:wheel"):
            check(path, GOOD)
        return
    write(path, GOOD)
    os.chown(path, 12345, -1)
    with pytest.raises(plist.PlistError, match=r"belongs to uid 12345.*It has to belong to root:wheel"):
        plist.check(str(path), GOOD, "org.x", "system", 0)
    with pytest.raises(plist.PlistError, match="It has to belong to uid 501"):
        plist.check(str(path), GOOD, "org.x", "gui", 501)
    plist.check(str(path), GOOD, "org.x", "gui", 12345)


def test_missing_and_broken_files(path: Path) -> None:
    with pytest.raises(plist.PlistError, match=r"does not exist. This module never writes it"):
        plist.read(str(path))
    for broken in (b"", b"no plist", b"<?xml version='1.0'?><plist><dict><key>Label</key></dict>", b"bplist00\xff"):
        path.write_bytes(broken)
        with pytest.raises(plist.PlistError, match="is no property list"):
            plist.read(str(path))
    path.write_bytes(plistlib.dumps(["a list"]))
    with pytest.raises(plist.PlistError, match="holds no dictionary"):
        plist.read(str(path))


def test_binary_and_xml_are_read(path: Path) -> None:
    path.write_bytes(plistlib.dumps(GOOD, fmt=plistlib.FMT_BINARY))
    assert plist.read(str(path)) == GOOD


def test_default_paths(tmp_path: Path) -> None:
    home = str(tmp_path)
    assert plist.default_path("org.x", "system", home) == "/Library/LaunchDaemons/org.x.plist"
    assert plist.default_path("org.x", "gui", home) == f"{home}/Library/LaunchAgents/org.x.plist"


def test_what_starts_by_itself() -> None:
    assert plist.keeps_running({"KeepAlive": True})
    assert not plist.keeps_running({"KeepAlive": {"SuccessfulExit": False}})
    assert plist.starts_by_itself({"KeepAlive": {"SuccessfulExit": False}})
    assert plist.starts_by_itself({"RunAtLoad": True})
    assert not plist.starts_by_itself({"StartInterval": 60})


def test_nothing_is_written(path: Path) -> None:
    write(path, GOOD)
    before = path.read_bytes(), path.stat().st_mtime_ns, stat.S_IMODE(path.stat().st_mode)
    plist.check(str(path), plist.read(str(path)), "org.x", "gui", os.geteuid())
    assert (path.read_bytes(), path.stat().st_mtime_ns, stat.S_IMODE(path.stat().st_mode)) == before
