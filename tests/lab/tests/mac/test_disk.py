"""What a factory-new Mac's disk holds: owners, modes, and nothing of the machine under it."""

from __future__ import annotations

import os
import plistlib
import stat
import subprocess
from pathlib import Path

import pytest
from lab.mac import disk, spec
from lab.mac.spec import MacSpec

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample lab"


def new(root: Path, **changes: object) -> Path:
    root.mkdir(exist_ok=True)
    values: dict[str, object] = {
        "name": "maca", "lan_ip": "10.99.0.11", "lan_ip6": "fd99::11", "admin_public_key": KEY, "sudo_password": None,
        "ca_pem": "-----BEGIN CERTIFICATE-----\nlab\n", "hosts": {"registry.lab": "10.99.0.1"},
    }  # fmt: skip
    disk.install(root, MacSpec(**{**values, **changes}))  # type: ignore[arg-type]
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return new(tmp_path / "upper")


@pytest.mark.parametrize(
    ("path", "mode", "uid", "gid"),
    [
        ("Users/admin", 0o750, 501, 20),
        ("Users/admin/.ssh", 0o700, 501, 20),
        ("Users/admin/.ssh/authorized_keys", 0o600, 501, 20),
        ("Library/LaunchDaemons", 0o755, 0, 0),
        ("System/Library/LaunchDaemons/ssh.plist", 0o644, 0, 0),
        ("opt/homebrew", 0o755, 501, 80),
        ("opt/homebrew/Cellar", 0o775, 501, 80),
        ("opt/homebrew/bin/brew", 0o755, 501, 80),
        ("etc/sudoers", 0o440, 0, 0),
        ("etc/sudoers.d/admin", 0o440, 0, 0),
        ("etc/shadow", 0o600, 0, 0),
        ("Users/Shared", 0o1777, 0, 0),
        ("var/db/com.apple.xpc.launchd/disabled.plist", 0o644, 0, 0),
    ],
)
def test_owners_and_modes(root: Path, path: str, mode: int, uid: int, gid: int) -> None:
    status = (root / path).stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (mode, uid, gid)


@pytest.mark.parametrize("path", ["etc", "var", "opt", "usr/local"])
def test_the_machine_does_not_show_through(root: Path, path: str) -> None:
    assert os.getxattr(root / path, "trusted.overlay.opaque") == b"y"


def test_the_machines_other_folders_are_hidden(root: Path) -> None:
    hidden = {path.name for path in root.iterdir() if stat.S_ISCHR(path.lstat().st_mode)}
    assert {"root", "home"} <= hidden
    assert not hidden & {"usr", "bin", "etc", "proc", "dev"}


def test_its_own_name_is_in_its_hosts(root: Path) -> None:
    lines = (root / "etc/hosts").read_text().splitlines()
    assert "10.99.0.11\tmaca maca.local" in lines
    assert "10.99.0.1\tregistry.lab" in lines


def test_remote_login_is_on_by_an_override(root: Path) -> None:
    job = plistlib.loads((root / "System/Library/LaunchDaemons/ssh.plist").read_bytes())
    overrides = plistlib.loads((root / "var/db/com.apple.xpc.launchd/disabled.plist").read_bytes())
    assert job["Disabled"] is True
    assert overrides["com.openssh.sshd"] is False


def test_the_sudo_password_is_only_there_as_a_hash(tmp_path: Path) -> None:
    root = new(tmp_path / "upper", sudo_password="geheim-7")
    assert (root / "etc/shadow").read_text().startswith("admin:$6$")
    assert not (root / "etc/sudoers.d/admin").exists()
    found = subprocess.run(["grep", "-r", "-l", "geheim-7", str(root)], capture_output=True, text=True)
    assert found.stdout == ""


def test_the_labs_authority_is_trusted(root: Path) -> None:
    bundle = (root / "etc/ssl/certs/ca-certificates.crt").read_text()
    assert bundle.endswith("-----BEGIN CERTIFICATE-----\nlab\n")
    assert (root / "etc/ssl/cert.pem").resolve() == root / "etc/ssl/certs/ca-certificates.crt"


def test_a_mac_without_homebrew_or_tools(tmp_path: Path) -> None:
    root = new(tmp_path / "upper", homebrew=False, developer_tools=False)
    assert not (root / "opt/homebrew").exists()
    assert not (root / "Library/Developer").exists()


def test_what_the_tools_read_of_it_holds_no_secret(tmp_path: Path) -> None:
    root = new(tmp_path / "upper", sudo_password="geheim-7", memory_bytes=32 << 30)
    loaded = spec.load(root)
    assert (loaded.name, loaded.memory_bytes, loaded.sudo_password) == ("maca", 32 << 30, None)
