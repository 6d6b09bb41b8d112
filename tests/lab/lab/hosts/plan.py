"""What a host's boot needs to know, written down once so that every reboot does the same."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from lab.errors import LabError
from lab.settings import HOSTS


@dataclasses.dataclass(frozen=True)
class Service:
    """A program that a Linux host keeps running."""

    name: str
    argv: list[str]
    environment: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Plan:
    """``binds`` are folders of the machine by the place where the host sees them, read-only, in that order."""

    name: str
    kind: str
    network: dict[str, list[str]]
    binds: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    services: list[Service] = dataclasses.field(default_factory=list)
    path: list[str] = dataclasses.field(default_factory=list)
    environment: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return folder(self.name)

    def save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "plan.json").write_text(json.dumps(dataclasses.asdict(self), indent=1), encoding="utf-8")


def folder(name: str) -> Path:
    return HOSTS / name


def load(name: str) -> Plan:
    path = folder(name) / "plan.json"
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LabError(f"{name} is not in the lab now") from error
    saved["binds"] = [(source, target) for source, target in saved["binds"]]
    saved["services"] = [Service(**service) for service in saved["services"]]
    return Plan(**saved)
