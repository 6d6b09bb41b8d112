"""Kegs, and the links that point into them."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from pathlib import Path

from lab.mac.homebrew.formulae import Formula

PREFIX = Path("/opt/homebrew")


def _order(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


class Cellar:
    """What is installed below one prefix."""

    def __init__(self, prefix: Path = PREFIX) -> None:
        self.prefix = prefix

    def names(self) -> list[str]:
        return sorted(path.name for path in (self.prefix / "Cellar").iterdir() if path.is_dir())

    def versions(self, name: str) -> list[str]:
        rack = self.prefix / "Cellar" / name
        return sorted((path.name for path in rack.iterdir()), key=_order) if rack.is_dir() else []

    def keg(self, name: str, version: str) -> Path:
        return self.prefix / "Cellar" / name / version

    def linked(self, name: str) -> str | None:
        link = self.prefix / "opt" / name
        return Path(os.readlink(link)).name if link.is_symlink() else None

    def install(self, formula: Formula, version: str) -> Path:
        """Pours a keg and links it. An older keg stays where it is."""
        keg = self.keg(formula.name, version)
        keg.mkdir(parents=True)
        for name, text in formula.files.items():
            path = keg / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755)
        receipt = {
            "homebrew_version": "5.1.14",
            "installed_on_request": True,
            "poured_from_bottle": True,
            "time": int(time.time()),
            "source": {"tap": "homebrew/core", "versions": {"stable": version}},
        }
        (keg / "INSTALL_RECEIPT.json").write_text(json.dumps(receipt), encoding="utf-8")
        self.link(formula, version)
        return keg

    def link(self, formula: Formula, version: str) -> None:
        self.unlink(formula)
        for name in formula.files:
            _point(self.prefix / name, f"../Cellar/{formula.name}/{version}/{name}")
        _point(self.prefix / "opt" / formula.name, f"../Cellar/{formula.name}/{version}")
        _point(self.prefix / "var/homebrew/linked" / formula.name, f"../../../Cellar/{formula.name}/{version}")

    def unlink(self, formula: Formula) -> None:
        for name in (*formula.files, f"opt/{formula.name}", f"var/homebrew/linked/{formula.name}"):
            path = self.prefix / name
            if path.is_symlink():
                path.unlink()

    def remove(self, formula: Formula, versions: list[str]) -> None:
        for version in versions:
            shutil.rmtree(self.keg(formula.name, version))
        if not self.versions(formula.name):
            self.unlink(formula)
            (self.prefix / "Cellar" / formula.name).rmdir()


def _point(path: Path, to: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.exists():
        path.unlink()
    path.symlink_to(to)
