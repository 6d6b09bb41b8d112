"""What the lab needs of the machine, and what it makes of what others left there."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import bringing_up, machine
from lab.hosts import mac
from lab.programs import debian, haproxy
from lab.programs.cache import Cache


def test_a_source_that_the_macs_users_may_not_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(machine, "PACKAGE", tmp_path)
    tmp_path.chmod(0o755)
    tool = tmp_path / "tool.py"
    tool.touch()
    tool.chmod(0o640)
    assert [line for line in machine.missing() if str(tool) in line]
    tool.chmod(0o644)
    assert not [line for line in machine.missing() if str(tool) in line]


def test_a_machine_without_debian_s_archive_is_told_unless_haproxy_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(debian, "machine_sources", list)
    monkeypatch.setenv("REMOTE_OLLAMA_CACHE", str(tmp_path))
    assert [line for line in machine.missing() if "no Debian archive" in line]
    Cache(tmp_path).path(haproxy.recipe()).mkdir(parents=True)
    assert not [line for line in machine.missing() if "no Debian archive" in line]


def test_half_a_userland_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    userland = tmp_path / "userland"
    (tmp_path / "userland.partial" / "bin").mkdir(parents=True)
    (tmp_path / "userland.partial" / "bin" / "ls").touch()
    monkeypatch.setattr(bringing_up, "USERLAND", userland)
    bringing_up._build_userland()
    assert (userland / "bin" / "ls").stat().st_size > 0
    assert not (tmp_path / "userland.partial").exists()


def test_a_python_that_does_not_run_is_not_the_macs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python3.9").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python3.9").chmod(0o755)
    monkeypatch.setattr(Path, "glob", lambda *_words: iter(()))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert (mac.apple_python() / "bin").is_dir()
