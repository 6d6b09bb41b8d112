"""What the lab reads from the machine and from its hosts."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.errors import LabError
from lab.hosts import accounts
from lab.hosts.boot import MOUNT_NAME
from lab.leftovers import has_mount_of_a_host


def test_an_account_of_a_host(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(
        "# comment\nroot:*:0:0:Root:/var/root:/bin/sh\nadmin:*:501:20:A:/Users/admin:/bin/zsh\n"
    )
    (tmp_path / "etc/group").write_text("staff:*:20:root,admin\nadmin:*:80:root,admin\nother:*:90:adminx\n")
    found = accounts.find(tmp_path, "admin")
    assert (found.uid, found.groups, found.home, found.shell) == (501, (20, 80), "/Users/admin", "/bin/zsh")
    with pytest.raises(LabError, match="'nobody'"):
        accounts.find(tmp_path, "nobody")


def test_a_process_of_a_host_is_told_by_its_mounts() -> None:
    inside = f"30 29 0:40 / / rw,relatime - overlay {MOUNT_NAME} rw,lowerdir=/,upperdir=/x\n"
    # A service of the machine with mounts of its own sees the lab's folder too, and is none of ours.
    bystander = "36 22 0:50 / /run/remote_ollama_lab rw,nodev shared:9 - tmpfs remote_ollama_lab rw,mode=755\n"
    assert has_mount_of_a_host(bystander + inside)
    assert not has_mount_of_a_host(bystander)
