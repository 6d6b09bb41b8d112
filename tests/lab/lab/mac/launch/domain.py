"""system, gui/<uid> and user/<uid>: who may have a job there, and what stands between it and being loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lab.mac.launch import definition, spawn
from lab.mac.launch.definition import Definition
from lab.mac.launch.errors import (
    DISABLED,
    EIO,
    TEARING_DOWN,
    UNSUPPORTED_ACTION,
    WRONG_SESSION,
    LaunchError,
    Unsimulated,
)
from lab.mac.launch.job import Job
from lab.mac.launch.overrides import Overrides

if TYPE_CHECKING:
    from lab.mac.launch.core import Launchd

FIRST_ASID = 100002


class Domain:
    def __init__(self, launchd: Launchd, kind: str, uid: int | None, overrides: Overrides) -> None:
        self.launchd = launchd
        self.kind = kind
        self.uid = uid
        self.overrides = overrides
        self.jobs: dict[str, Job] = {}
        self.asid = FIRST_ASID if kind == "gui" else None
        self.inherited_environment: dict[str, str] = {}
        self._when_empty: Callable[[], None] | None = None
        if kind == "gui":
            self.inherited_environment["SSH_AUTH_SOCK"] = "/var/run/com.apple.launchd.session/Listeners"

    @property
    def name(self) -> str:
        return self.kind if self.uid is None else f"{self.kind}/{self.uid}"

    @property
    def session(self) -> str:
        return {"system": "System", "gui": "Aqua", "user": "Background"}[self.kind]

    def identity(self, job: Definition) -> spawn.Identity | None:
        """UserName and GroupName count in the system domain only."""
        if self.uid is not None:
            return spawn.identity(self.launchd.root, self.uid)
        user, group = job.get("UserName"), job.get("GroupName")
        if user is None and group is None:
            return None
        return spawn.identity(self.launchd.root, user or "root", group)

    def read(self, path: str) -> Definition:
        """The definition in a file, after every check that needs no knowledge of what is loaded."""
        on_disk = Path(path)
        try:
            definition.check_ownership(on_disk, self.launchd.trusted_owners(self.uid))
        except OSError as error:
            raise LaunchError(EIO, f"{path}: {error.strerror}") from error
        return definition.read(on_disk, path)

    def bootstrap(self, path: str, inherited: dict[str, str]) -> Job:
        found = self.read(path)
        return self.load(found, inherited)

    def load(self, found: Definition, inherited: dict[str, str]) -> Job:
        if self._when_empty is not None:
            raise LaunchError(TEARING_DOWN)
        if self.disabled(found):
            raise LaunchError(DISABLED, f"{found.label}: Service is disabled")
        if found.label in self.jobs:
            state = "is still being removed" if self.jobs[found.label].leaving else "is already loaded"
            raise LaunchError(EIO, f"37: Operation already in progress: {found.label} {state}")
        if self.kind == "user" and "Background" not in found.sessions:
            raise LaunchError(EIO, f"{found.label}: Service cannot load in requested session")
        if self.kind == "gui" and "Aqua" not in found.sessions:
            raise LaunchError(WRONG_SESSION, found.label)
        job = Job(self, found, inherited)
        self.jobs[found.label] = job
        job.log("bootstrapped")
        job.loaded()
        self.launchd.reconsider()
        return job

    def disabled(self, found: Definition) -> bool:
        return self.overrides.disabled(found.label, bool(found.get("Disabled")))

    def load_directory(self, directory: Path) -> None:
        """What happens at boot and at login: every list in name order, one bad list never stops the others."""
        for path in sorted(directory.glob("*.plist")):
            if path.is_symlink():
                self.launchd.log(f"[{self.name}] ignoring the symbolic link {path}")
                continue
            try:
                self.bootstrap(str(path), {})
            except LaunchError as error:
                if error.number != DISABLED:
                    self.launchd.log(f"[{self.name}] failed to bootstrap path: {path}: {error}")
            except Unsimulated as error:
                self.launchd.log(f"[{self.name}] not simulated: {error}")

    def tear_down(self, done: Callable[[], None]) -> None:
        """Ends every job, then calls ``done`` once."""
        if self._when_empty is not None:
            raise LaunchError(UNSUPPORTED_ACTION)
        self._when_empty = done
        for job in list(self.jobs.values()):
            job.leave(lambda: None)
        self._finish_if_empty()

    def remove(self, job: Job) -> None:
        del self.jobs[job.label]
        self.launchd.reconsider()
        self._finish_if_empty()

    def _finish_if_empty(self) -> None:
        if self._when_empty is not None and not self.jobs:
            done, self._when_empty = self._when_empty, lambda: None
            done()
