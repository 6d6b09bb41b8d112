"""One loaded service: its processes one after the other, and when the next one starts."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from lab.mac.launch import calendar, signals, spawn
from lab.mac.launch.definition import Definition
from lab.mac.launch.loop import Timer

if TYPE_CHECKING:
    from lab.mac.launch.domain import Domain

BACK_OFF_AFTER = 5
BACK_OFF_CAP = 1200
PATH_STATE_PERIOD = 0.5
CONFIG_ERROR = 78 << 8


class Job:
    """A service of a domain. All waiting is done by the loop."""

    def __init__(self, domain: Domain, definition: Definition, inherited: dict[str, str]) -> None:
        self.domain = domain
        self.definition = definition
        self.inherited = inherited
        self.pid: int | None = None
        self.runs = 0
        self.crashes = 0
        self.reason = ""
        self.last_status: int | None = None
        self.signalled = ""
        self.leaving = False
        self._started = 0.0
        self._pending: Timer | None = None
        self._kill_timer: Timer | None = None
        self._timers: list[Timer] = []
        self._after_exit: list[Callable[[], None]] = []
        self._when_gone: list[Callable[[], None]] = []
        self.coalition = domain.launchd.next_number()

    @property
    def label(self) -> str:
        return self.definition.label

    @property
    def target(self) -> str:
        return f"{self.domain.name}/{self.label}"

    @property
    def state(self) -> str:
        if self.pid is not None:
            return self.signalled or "running"
        return "spawn scheduled" if self._pending else "not running"

    # -- why it starts

    def loaded(self) -> None:
        """The moment after bootstrap."""
        self._arm_timers()
        if self.definition.get("RunAtLoad"):
            self._schedule(0, "speculative")
        else:
            self.reconsider(first=True)

    def reconsider(self, first: bool = False) -> None:
        """KeepAlive's conditions may have become true: at load, after an exit, or because the world changed."""
        if self.pid is None and self._pending is None and not self.leaving and self._kept_alive(first):
            self._schedule(self._delay(), "inefficient" if self.definition.keep_alive is True else "semaphore")

    def _kept_alive(self, first: bool) -> bool:
        rule = self.definition.keep_alive
        if isinstance(rule, bool):
            return rule
        never_ran = self.last_status is None
        if self.definition.get("LaunchOnlyOnce") and not never_ran:
            return False
        for key, wanted in rule.items():
            if key in ("SuccessfulExit", "Crashed") and never_ran:
                if first:
                    return True
            elif (
                (key == "SuccessfulExit" and (self.last_status == 0) is bool(wanted))
                or (key == "Crashed" and self._crashed() is bool(wanted))
                or (key == "PathState" and any(os.path.exists(path) is bool(state) for path, state in wanted.items()))
                or (
                    key == "OtherJobEnabled"
                    and any(self.domain.launchd.is_loaded(label) is bool(state) for label, state in wanted.items())
                )
            ):
                return True
        return False

    def _crashed(self) -> bool:
        status = self.last_status
        return status is not None and os.WIFSIGNALED(status) and signals.name_of(os.WTERMSIG(status)) in signals.CRASHES

    def _arm_timers(self) -> None:
        rule = self.definition.keep_alive
        if isinstance(rule, dict) and "PathState" in rule:
            self._every(PATH_STATE_PERIOD, self.reconsider)
        if interval := self.definition.get("StartInterval", 0):
            self._every(interval, lambda: self.demand("non-ipc demand"))
        if (when := self.definition.get("StartCalendarInterval")) is not None:
            self._at(calendar.entries(when))

    def _every(self, seconds: float, action: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.remove(timer)
            action()
            if not self.leaving:
                self._every(seconds, action)

        timer = self.domain.launchd.loop.after(seconds, fire)
        self._timers.append(timer)

    def _at(self, entries: list[dict[str, int]]) -> None:
        def fire() -> None:
            self._timers.remove(timer)
            self.demand("non-ipc demand")
            if not self.leaving:
                self._at(entries)

        timer = self.domain.launchd.loop.after(calendar.seconds_until_next(entries), fire)
        self._timers.append(timer)

    def demand(self, reason: str) -> None:
        """A start that somebody or a timer asked for; a running job is left alone."""
        if self.pid is None and not self.leaving:
            self._schedule(0, reason)

    # -- starting

    def _delay(self) -> float:
        """One start per minimum runtime, measured from launch; a job that keeps crashing waits ever longer."""
        interval = float(self.definition.minimum_runtime)
        if self.crashes > BACK_OFF_AFTER:
            interval = min(BACK_OFF_CAP, interval * 2 ** (self.crashes - BACK_OFF_AFTER))
        ran = time.monotonic() - self._started
        delay = max(0.0, interval - ran) if self.runs else 0.0
        if delay:
            self.log(f"Service only ran for {ran:.0f} seconds. Pushing respawn out by {delay:.0f} seconds.")
        return delay

    def _schedule(self, delay: float, reason: str) -> None:
        if self._pending:
            self._pending.cancel()

        def fire() -> None:
            self._pending = None
            self.start(reason)

        self._pending = self.domain.launchd.loop.after(delay, fire)

    def start(self, reason: str) -> None:
        if self._pending:
            self._pending.cancel()
            self._pending = None
        self.runs += 1
        self.reason = reason
        self.signalled = ""
        self._started = time.monotonic()
        try:
            who = self.domain.identity(self.definition)
        except spawn.IdentityUnknown as error:
            self.log(f"Could not resolve user or group: {error}")
            self._never_began()
            return
        env = spawn.environment(self.definition, who, self.domain.inherited_environment | self.inherited)
        pid, failure = spawn.start(self.definition, who, env, paths_as_user=self.domain.uid is not None)
        if failure:
            os.waitpid(pid, 0)
            self.log(f"Service could not initialize: {failure}")
            self._never_began()
            return
        self.pid = pid
        self.domain.launchd.started(self)
        self.log(f"Successfully spawned {os.path.basename(self.definition.program)}[{pid}] because {reason}")

    def _never_began(self) -> None:
        self.last_status = CONFIG_ERROR
        self.crashes += 1
        self.log("Service exited due to EX_CONFIG")
        self._run_after_exit()
        self.reconsider()

    # -- stopping

    def signal(self, number: int) -> None:
        if self.pid is not None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM now, SIGKILL when the exit timeout is over."""
        if self.pid is None or self.signalled:
            return
        timeout = self.definition.exit_timeout
        self.log(f"signaled service: Terminated: 15; scheduling cleanup in {timeout} sec after sending Terminated: 15")
        self.signal(signal.SIGTERM)
        self.signalled = "SIGTERMed"
        if timeout > 0:
            self._kill_timer = self.domain.launchd.loop.after(timeout, self.kill)

    def kill(self) -> None:
        if self.pid is not None:
            self.log("signaled service: Killed: 9")
            self.signal(signal.SIGKILL)
            self.signalled = "SIGKILLed"

    def restart(self, done: Callable[[], None]) -> None:
        """kickstart -k: the running instance ends, however long it takes, then the next one starts at once."""
        if self.pid is None:
            self.start("non-ipc demand")
            done()
            return

        def again() -> None:
            if not self.leaving:
                self.start("non-ipc demand")
            done()

        self._after_exit.append(again)
        self.terminate()

    def leave(self, gone: Callable[[], None]) -> None:
        """bootout: out of the domain as soon as its process has ended."""
        self._when_gone.append(gone)
        if self.leaving:
            return
        self.leaving = True
        for timer in (*self._timers, *([self._pending] if self._pending else [])):
            timer.cancel()
        self._timers.clear()
        self._pending = None
        if self.pid is None:
            self._gone()
        else:
            self.terminate()

    def exited(self, status: int) -> None:
        """The process has been reaped."""
        ran = time.monotonic() - self._started
        self.pid = None
        self.last_status = status
        intended = bool(self.signalled)
        self.signalled = ""
        if self._kill_timer:
            self._kill_timer.cancel()
            self._kill_timer = None
        if status == 0 or intended or ran >= self.definition.minimum_runtime:
            self.crashes = 0
        else:
            self.crashes += 1
        self.log(f"exited with wait status {status} after {ran:.1f} s")
        if self.leaving:
            self._run_after_exit()
            self._gone()
            return
        self._run_after_exit()
        self.reconsider()

    def _run_after_exit(self) -> None:
        waiting, self._after_exit = self._after_exit, []
        for action in waiting:
            action()

    def _gone(self) -> None:
        self.log("removing service")
        self.domain.remove(self)
        waiting, self._when_gone = self._when_gone, []
        for action in waiting:
            action()

    def log(self, message: str) -> None:
        self.domain.launchd.log(f"[{self.target}] {message}")
