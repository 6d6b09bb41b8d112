"""brew: kegs, links, and what community.general's module reads."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from lab.mac.homebrew import cellar, formulae
from lab.mac.tools import brew

ROOT = """\
Error: Running Homebrew as root is extremely dangerous and no longer supported.
As Homebrew does not drop privileges on installation you would be giving all
build scripts full access to your system.
"""
INSTALLED = """\
Warning: haproxy 3.4.4 is already installed and up-to-date.
To reinstall 3.4.4, run:
  brew reinstall haproxy
"""


class Brew:
    def __init__(self, prefix: Path, programs: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.prefix = prefix
        self.programs = programs
        self._capture = capture

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._capture.readouterr()
        status = brew.main(list(arguments))
        said = self._capture.readouterr()
        return status, said.out, said.err

    def info(self, name: str) -> dict[str, object]:
        status, out, _ = self("info", "--json=v2", name, "--formula")
        assert status == 0
        found: dict[str, object] = json.loads(out)["formulae"][0]
        return found

    def release(self, version: str) -> None:
        (self.programs / "haproxy/VERSION").write_text(version + "\n")


@pytest.fixture
def homebrew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Brew:
    prefix, programs = tmp_path / "homebrew", tmp_path / "programs"
    for folder in ("Cellar", "bin", "opt"):
        (prefix / folder).mkdir(parents=True)
    (programs / "haproxy").mkdir(parents=True)
    monkeypatch.setattr(formulae, "PROGRAMS", programs)
    monkeypatch.setattr(brew, "PREFIX", prefix)
    monkeypatch.setattr(brew, "Cellar", lambda: cellar.Cellar(prefix))
    monkeypatch.setattr(os, "geteuid", lambda: 501)
    for name in ("HOMEBREW_NO_INSTALL_UPGRADE", "HOMEBREW_NO_INSTALL_CLEANUP"):
        monkeypatch.delenv(name, raising=False)
    ready = Brew(prefix, programs, capsys)
    ready.release("3.4.4")
    return ready


def test_root_is_refused(homebrew: Brew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert homebrew("list") == (
        1,
        "",
        ROOT,
    )
    assert homebrew("--prefix")[0] == 0


def test_install_and_again(homebrew: Brew) -> None:
    assert homebrew("list", "--versions", "haproxy") == (1, "", "")
    assert homebrew("list", "--cask") == (0, "", "")
    assert homebrew("list", "--cask", "ollama") == (1, "", "Error: Cask 'ollama' is not installed.\n")
    assert homebrew.info("haproxy")["installed"] == []
    assert homebrew("install", "--formula", "haproxy")[0] == 0
    assert homebrew("list", "--versions", "haproxy") == (0, "haproxy 3.4.4\n", "")
    assert os.readlink(homebrew.prefix / "opt/haproxy") == "../Cellar/haproxy/3.4.4"
    assert os.readlink(homebrew.prefix / "bin/haproxy") == "../Cellar/haproxy/3.4.4/bin/haproxy"
    assert (homebrew.prefix / "bin/haproxy").resolve() == homebrew.prefix / "Cellar/haproxy/3.4.4/bin/haproxy"
    assert homebrew("install", "haproxy") == (
        0,
        "",
        INSTALLED,
    )
    info = homebrew.info("haproxy")
    assert (info["linked_keg"], info["outdated"], info["tap"]) == ("3.4.4", False, "homebrew/core")


def test_an_unknown_formula(homebrew: Brew) -> None:
    for verb in (["install"], ["info", "--json=v2"], ["upgrade"]):
        assert homebrew(*verb, "x") == (1, "", 'Error: No available formula with the name "x".\n')


def test_upgrade_with_and_without_cleaning_up(homebrew: Brew, monkeypatch: pytest.MonkeyPatch) -> None:
    homebrew("install", "haproxy")
    homebrew.release("3.4.10")
    assert homebrew.info("haproxy")["outdated"] is True
    assert homebrew("outdated")[1] == "haproxy\n"
    monkeypatch.setenv("HOMEBREW_NO_INSTALL_UPGRADE", "1")
    assert homebrew("install", "haproxy")[0] == 0
    assert homebrew("list", "--versions")[1] == "haproxy 3.4.4\n"
    monkeypatch.setenv("HOMEBREW_NO_INSTALL_CLEANUP", "1")
    assert homebrew("upgrade", "haproxy")[0] == 0
    assert homebrew("list", "--versions")[1] == "haproxy 3.4.4 3.4.10\n"
    assert homebrew.info("haproxy")["linked_keg"] == "3.4.10"
    homebrew.release("3.5.0")
    monkeypatch.delenv("HOMEBREW_NO_INSTALL_CLEANUP")
    homebrew("upgrade")
    assert homebrew("list", "--versions")[1] == "haproxy 3.5.0\n"
    assert homebrew("outdated") == (0, "", "")


def test_uninstall(homebrew: Brew) -> None:
    homebrew("install", "haproxy")
    assert homebrew("uninstall", "--force", "haproxy")[0] == 0
    assert homebrew("list") == (0, "", "")
    assert not (homebrew.prefix / "opt/haproxy").is_symlink()
    assert not (homebrew.prefix / "bin/haproxy").is_symlink()
    assert homebrew("uninstall", "--force", "haproxy")[0] == 0
    assert homebrew("uninstall", "haproxy")[0] == 1


def test_what_it_does_not_know(homebrew: Brew) -> None:
    for arguments in (["services", "start", "haproxy"], ["install", "--HEAD", "haproxy"], ["tap", "somebody/else"]):
        with pytest.raises(SystemExit) as ended:
            homebrew(*arguments)
        assert ended.value.code == 99
