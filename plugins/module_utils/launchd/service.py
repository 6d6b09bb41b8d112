# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One launchd service, brought into the wanted state and read back."""

from __future__ import annotations

import os
import typing as t

from ..command import Result, ToolError
from ..waiting import Deadline
from . import definition, errors, planning, plist
from .client import Launchctl
from .parse import ServicePrint
from .planning import Wanted

# launchd spawns what it starts by itself within milliseconds of bootstrap; a job that is still waiting after this
# needs a kickstart (a gui domain in on-demand-only mode never starts anything by itself)
SPAWN_GRACE = 2.0
TAIL_LINES = 20
TAIL_BYTES = 4096


class Service:
    """The service that a task is about.

    :param client: launchctl for it
    :param plist_path: its property list; need not exist as long as nothing has to be loaded
    :param domain: system, gui or user
    :param uid: of the person whose domain it is, 0 for system
    :param deadline: makes the Deadline of one wait
    :param settle: seconds that a started process has to stay up
    """

    def __init__(
        self,
        client: Launchctl,
        plist_path: str,
        domain: str,
        uid: int,
        deadline: t.Callable[[], Deadline],
        settle: float = 0.0,
    ) -> None:
        self._client = client
        self._path = plist_path
        self._domain = domain
        self._uid = uid
        self._deadline = deadline
        self._settle = settle
        self._log_size = 0
        self.warnings: list[str] = []
        self.content: dict[str, t.Any] = {}
        self.job: ServicePrint | None = None
        self.override: bool | None = None

    def read(self) -> None:
        """Ask launchd once: the service and its override. The property list is read as well."""
        self.job = self._client.print_service()
        self.override = self._client.disabled()
        self.content = self._content_or_nothing()

    @property
    def disabled(self) -> bool:
        """launchd would refuse to load it: its override says so, or without one the property list."""
        return bool(self.content.get("Disabled")) if self.override is None else self.override

    @property
    def definition_differs(self) -> bool | None:
        """launchd has loaded another definition than the property list holds; None: not loaded, or unknown."""
        if self.job is None or self.job.ending:
            return None
        return definition.differs(self.job, self.content, self._client.label)

    def plan(self, wanted: Wanted, check_mode: bool) -> list[str]:
        """The steps to take. Refuses, before the first of them, a property list that launchd would not load.

        In check mode such a list is only a warning, and one that is missing not even that: a task before this one may
        be
        about to write it, or to install the program that it names.
        """
        differs = self.definition_differs
        steps = planning.plan(self.job, self.disabled, wanted, self._client.target, differs)
        if planning.BOOTSTRAP in steps:
            try:
                self.content = plist.read(self._path)
                plist.check(self._path, self.content, self._client.label, self._domain, self._uid)
            except plist.PlistError as error:
                if not check_mode:
                    raise
                if os.path.exists(self._path):
                    self.warnings.append(
                        f"Only a warning in check mode, for an earlier task may change it: {error.message}"
                    )
        elif differs and wanted.state in ("started", "loaded", "restarted"):
            self.warnings.append(
                f"launchd has loaded another definition of {self._client.target} than {self._path} holds now. It reads "
                "the file again only when the service is reloaded: state: reloaded, or reload_changed: true."
            )
        return steps

    def commands(self, steps: list[str]) -> list[list[str]]:
        """The argv of the steps, for check mode."""
        place = {planning.BOOTSTRAP: (self._client.domain, self._path)}
        return [self._client.argv(*step.split(), *place.get(step, (self._client.target,))) for step in steps]

    def apply(self, steps: list[str], wanted: Wanted) -> None:
        """Take the steps, wait for what they lead to, and read everything back.

        :raises ToolError: says what launchd answered or how the job ended, and what to do
        """
        if self.job is not None and self.job.ending and steps:
            self._await_gone()
        before = self.job
        self._log_size = self._log_length()
        for step in steps:
            if step == planning.ENABLE:
                self._client.enable()
            elif step == planning.BOOTOUT:
                self._bootout()
            elif step == planning.BOOTSTRAP:
                self._bootstrap()
                before = None
            elif step in (planning.KICKSTART, planning.RESTART):
                self._kickstart(kill=step == planning.RESTART)
            elif step == planning.DISABLE:
                self._client.disable()
            if step in (planning.BOOTSTRAP, planning.KICKSTART, planning.RESTART):
                self._await_process(before, wanted.state, kicked=step != planning.BOOTSTRAP)
        if planning.ENABLE in steps or planning.DISABLE in steps:
            self.override = self._client.disabled()
            if wanted.enabled is not None and self.disabled is wanted.enabled:
                raise ToolError(
                    f"launchctl {'enable' if wanted.enabled else 'disable'} {self._client.target} was accepted, but "
                    f"print-disabled still shows it {'disabled' if self.disabled else 'enabled'}."
                )

    def _content_or_nothing(self) -> dict[str, t.Any]:
        """The property list, or an empty one where it cannot be read, which matters only to what has to load it."""
        try:
            return plist.read(self._path)
        except plist.PlistError:
            return {}

    def _bootout(self) -> None:
        result = self._client.bootout()
        if result.rc not in errors.GONE_OR_GOING:
            raise self._client.failure(result, "bootout", self._client.target)
        self._await_gone()

    def _await_gone(self) -> None:
        """Until print says 113: "not running" is not enough, the label lives on until launchd has cleaned up."""
        deadline = self._deadline()
        while True:
            self.job = self._client.print_service()
            if self.job is None:
                return
            if not deadline.pause():
                raise ToolError(
                    f"{self._client.target} was booted out, but launchd still has it after {deadline.seconds:g} s "
                    f"({self.job.describe()}). It may be ignoring SIGTERM and have a long ExitTimeOut; raise timeout."
                )

    def _bootstrap(self) -> None:
        """Until print shows it: the same rc 5 means loaded already, still ending, or refused for good."""
        deadline = self._deadline()
        while True:
            result = self._client.bootstrap(self._path)
            self.job = self._client.print_service()
            if self.job is not None and not self.job.ending:
                return
            if result.rc not in (0, *errors.RACES) or not deadline.pause():
                raise self._bootstrap_failure(result)

    def _bootstrap_failure(self, result: Result) -> ToolError:
        if result.rc == 0:
            return ToolError(f"launchctl bootstrap of {self._client.target} succeeded, but launchd does not know it.")
        return self._client.failure(result, "bootstrap", self._client.domain, self._path)

    def _kickstart(self, kill: bool) -> None:
        result = self._client.kickstart(kill)
        if result.rc != 0:
            arguments = (["-k"] if kill else []) + [self._client.target]
            raise self._client.failure(result, "kickstart", *arguments)

    def _await_process(self, before: ServicePrint | None, state: str | None, kicked: bool) -> None:
        """Until the job is what the state promises.

        :param before: the job before it was set going, None when it has just been loaded
        :param kicked: it has had its kickstart
        """
        keepalive = plist.keeps_running(self.content) or (before is not None and before.keepalive)
        must_run = state == "started" or keepalive
        if state == "loaded" or (state == "reloaded" and not must_run):
            return
        old_pid = before.pid if before is not None else None
        old_runs = (before.runs or 0) if before is not None else 0
        deadline = self._deadline()
        grace = deadline.now + (SPAWN_GRACE if plist.starts_by_itself(self.content) else 0.0)
        settled_pid, since = None, 0.0
        while True:
            self.job = job = self._client.print_service()
            if job is None:
                raise ToolError(f"{self._client.target} was unloaded by somebody else while it was being started.")
            if job.running and job.pid != old_pid:
                if job.pid != settled_pid:
                    settled_pid, since = job.pid, deadline.now
                if deadline.now - since >= self._settle:
                    return
            else:
                settled_pid = None
                ended = (job.runs or 0) > old_runs and job.pid is None
                if ended and self._has_ended(job, must_run):
                    return
                if not ended and not kicked and job.pid is None and deadline.now >= grace:
                    self._kickstart(kill=False)
                    kicked = True
                    deadline.reset_pace()
            if not deadline.pause():
                raise self._not_up(f"has no process that stays after {deadline.seconds:g} s")

    def _has_ended(self, job: ServicePrint, must_run: bool) -> bool:
        """The new run is over: is that the end of the matter?"""
        if job.last_exit_status == errors.NOT_RUNNABLE:
            raise self._not_up(
                "cannot be run: 78 (EX_CONFIG) is launchd's word for a program that it cannot execute, a working "
                "directory "
                "that is missing, or an output file that it may not write"
            )
        if job.state != "not running" or job.keepalive:
            return False
        if must_run:
            raise self._not_up("started and ended by itself; for a job that does, state: loaded is the right one")
        if job.last_exit_status or job.last_signal is not None:
            raise self._not_up("was started and failed")
        return True

    def _not_up(self, what: str) -> ToolError:
        job = self.job or ServicePrint()
        message = f"{self._client.target} {what} ({job.describe()})."
        path = self._log_path()
        tail = self._log_tail(path)
        if tail:
            message += f" The end of {path}:\n{tail}"
        elif path:
            message += f" Nothing was written to {path} since."
        else:
            message += " The property list has no StandardErrorPath that could say why."
        return ToolError(
            message, last_exit_status=job.last_exit_status, runs=job.runs, stderr_path=path, stderr_tail=tail
        )

    def _log_path(self) -> str | None:
        content = self.content or self._content_or_nothing()
        path = content.get("StandardErrorPath") or (self.job.stderr_path if self.job is not None else None)
        return str(path) if path else None

    def _log_length(self) -> int:
        path = self._log_path()
        return os.path.getsize(path) if path and os.path.isfile(path) else 0

    def _log_tail(self, path: str | None) -> str:
        """The last lines that were written since the job was set going."""
        if not path or not os.path.isfile(path):
            return ""
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = self._log_size if size >= self._log_size else 0
            file.seek(max(start, size - TAIL_BYTES))
            text = file.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-TAIL_LINES:])
