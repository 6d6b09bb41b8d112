"""launchd itself: domains, the verbs that launchctl asks for, and what only the lab asks for."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.mac.launch import dump, signals, spawn
from lab.mac.launch.domain import Domain
from lab.mac.launch.errors import (
    EINPROGRESS,
    EIO,
    ENOENT,
    EPERM,
    ESRCH,
    NO_DOMAIN,
    NO_SERVICE,
    UNSUPPORTED_ACTION,
    LaunchError,
    Unsimulated,
)
from lab.mac.launch.job import Job
from lab.mac.launch.loop import Loop
from lab.mac.launch.overrides import Overrides

SHUTDOWN_GRACE = 6.0
RESTART = 1  # pid 1's exit status when the Mac is to be switched on again
INVALID_SIGNAL = 64

Request = dict[str, Any]
Answer = dict[str, Any]
Reply = Callable[[Answer], None]


class Launchd:
    """``root`` lets the tests run one of these as an ordinary process over a directory of theirs."""

    def __init__(self, loop: Loop, root: Path = Path("/"), owner: int = 0) -> None:
        self.loop = loop
        self.root = root
        self.owner = owner
        self.shutting_down = False
        self.exit_status = 0
        self.console_user: str | None = None
        self._number = 4700
        self._by_pid: dict[int, Job] = {}
        self._log_path = root / "var/log/com.apple.xpc.launchd/launchd.log"
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        self._overrides: dict[int | None, Overrides] = {}
        self.domains: dict[str, Domain] = {}
        self.system = self._open("system", None)
        self._verbs: dict[str, Callable[[Request, int, Reply], None]] = {
            "blame": self._blame,
            "bootout": self._bootout,
            "bootstrap": self._bootstrap,
            "console": self._console,
            "enable": self._override,
            "disable": self._override,
            "kickstart": self._kickstart,
            "kill": self._kill,
            "list": self._list,
            "log": self._read_log,
            "login": self._login,
            "logout": self._logout,
            "ping": self._ping,
            "print": self._print,
            "print-disabled": self._print_disabled,
            "shutdown": self._shutdown,
            "stop": self._stop,
        }

    # -- life

    def boot(self) -> None:
        self.log("booted")
        for directory in ("System/Library/LaunchDaemons", "Library/LaunchDaemons"):
            self.system.load_directory(self.root / directory)

    def reap(self) -> None:
        """Every ended child: jobs, and as pid 1 whatever was orphaned.

        The process is looked at before it is collected, so that its group's number still belongs to it.
        """
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None:
                return
            job = self._by_pid.pop(found.si_pid, None)
            if job is not None and not job.definition.get("AbandonProcessGroup"):
                _kill_group(found.si_pid)
            _, status = os.waitpid(found.si_pid, 0)
            if job is not None:
                job.exited(status)

    def started(self, job: Job) -> None:
        if job.pid is not None:
            self._by_pid[job.pid] = job

    def reconsider(self) -> None:
        """A service came or went: OtherJobEnabled may say something else now."""
        for domain in self.domains.values():
            for job in list(domain.jobs.values()):
                rule = job.definition.keep_alive
                if isinstance(rule, dict) and "OtherJobEnabled" in rule:
                    job.reconsider(first=True)

    def is_loaded(self, label: str) -> bool:
        return any(label in domain.jobs for domain in self.domains.values())

    def next_number(self) -> int:
        self._number += 2
        return self._number

    def trusted_owners(self, uid: int | None) -> tuple[int, ...]:
        return (self.owner,) if uid is None else (self.owner, uid)

    def log(self, message: str) -> None:
        now = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime())
        with self._log_path.open("a", encoding="utf-8") as file:
            file.write(f"{now} {message}\n")

    # -- requests

    def handle(self, request: Request, uid: int, reply: Reply) -> None:
        """Answers one request of a process of ``uid``, now or when the thing it waits for has happened."""
        verb = self._verbs.get(request.get("op", ""))
        if verb is None:
            reply({"unsimulated": f"launchd request {request.get('op')!r}"})
            return
        try:
            verb(request, uid, reply)
        except LaunchError as error:
            if error.log:
                self.log(f"refused {request.get('op')} for uid {uid}: {error.log}")
            reply({"error": error.number})
        except Unsimulated as error:
            self.log(f"not simulated: {error}")
            reply({"unsimulated": str(error)})

    def _open(self, kind: str, uid: int | None) -> Domain:
        overrides = self._overrides.setdefault(uid, Overrides(self.root, uid))
        domain = Domain(self, kind, uid, overrides)
        self.domains[domain.name] = domain
        return domain

    def domain(self, name: str) -> Domain:
        """A domain by name; user/<uid> comes into being when it is first spoken of, as with a first session."""
        if name in self.domains:
            return self.domains[name]
        kind, _, number = name.partition("/")
        try:
            uid = spawn.identity(self.root, int(number)).uid
        except (ValueError, spawn.IdentityUnknown):
            raise LaunchError(NO_DOMAIN) from None
        if kind == "gui":
            raise LaunchError(UNSUPPORTED_ACTION)
        return self._open("user", uid)

    def _writable(self, name: str, uid: int) -> Domain:
        domain = self.domain(name)
        if uid not in (self.owner, 0) and uid != domain.uid:
            raise LaunchError(EPERM)
        return domain

    def _readable(self, name: str, uid: int) -> Domain:
        domain = self.domain(name)
        if domain.uid is not None and uid not in (self.owner, 0, domain.uid):
            raise LaunchError(EPERM)
        return domain

    def _job(self, domain: Domain, label: str) -> Job:
        if label not in domain.jobs:
            raise LaunchError(NO_SERVICE)
        return domain.jobs[label]

    def _bootstrap(self, request: Request, uid: int, reply: Reply) -> None:
        domain = self._writable(request["domain"], uid)
        failures = []
        for path in request["paths"]:
            try:
                domain.bootstrap(path, request.get("inherited", {}))
            except LaunchError as error:
                if error.log:
                    self.log(f"[{domain.name}] refused to bootstrap {path}: {error.log}")
                failures.append([path, error.number])
        reply({"error": 0, "failures": failures})

    def _bootout(self, request: Request, uid: int, reply: Reply) -> None:
        domain = self._writable(request["domain"], uid)
        label = request.get("label")
        if label is None and "path" in request:
            label = next((j.label for j in domain.jobs.values() if j.definition.path == request["path"]), None)
            if label is None:
                raise LaunchError(EIO, f"bootout of a path that is not loaded: {request['path']}")
        if label is None:
            if domain.kind == "system":
                raise Unsimulated("bootout of the whole system domain (it would shut the Mac down)")
            domain.tear_down(lambda: self._closed(domain))
        else:
            if label not in domain.jobs:
                raise LaunchError(ESRCH)
            job = domain.jobs[label]
            if job.leaving:
                raise LaunchError(EINPROGRESS)
            job.log(f"bootout initiated by: launchctl[{request.get('pid', 0)}]")
            job.leave(lambda: None)
        reply({"error": 0})

    def _closed(self, domain: Domain) -> None:
        if self.domains.get(domain.name) is domain:
            del self.domains[domain.name]

    def _override(self, request: Request, uid: int, reply: Reply) -> None:
        domain = self._writable(request["domain"], uid)
        domain.overrides.set(request["label"], request["op"] == "disable")
        reply({"error": 0})

    def _kickstart(self, request: Request, uid: int, reply: Reply) -> None:
        domain = self._writable(request["domain"], uid)
        job = self._job(domain, request["label"])
        if job.leaving:
            raise LaunchError(NO_SERVICE)
        if request.get("kill"):
            job.restart(lambda: reply({"error": 0, "pid": job.pid}))
            return
        if job.pid is None:
            job.start("non-ipc demand")
        reply({"error": 0, "pid": job.pid})

    def _kill(self, request: Request, uid: int, reply: Reply) -> None:
        domain = self._writable(request["domain"], uid)
        number = signals.linux_number(str(request["signal"]))
        if number is None:
            raise LaunchError(INVALID_SIGNAL)
        job = self._job(domain, request["label"])
        if job.pid is None:
            raise LaunchError(ESRCH)
        job.signal(number)
        reply({"error": 0})

    def _stop(self, request: Request, uid: int, reply: Reply) -> None:
        domain = self._writable(request["domain"], uid)
        self._job(domain, request["label"]).terminate()
        reply({"error": 0})

    def _blame(self, request: Request, uid: int, reply: Reply) -> None:
        job = self._job(self._readable(request["domain"], uid), request["label"])
        if job.pid is None:
            raise LaunchError(ESRCH)
        reply({"error": 0, "text": job.reason + "\n"})

    def _print(self, request: Request, uid: int, reply: Reply) -> None:
        domain = self._readable(request["domain"], uid)
        if label := request.get("label"):
            reply({"error": 0, "text": dump.service(self._job(domain, label))})
        else:
            reply({"error": 0, "text": dump.domain(domain)})

    def _print_disabled(self, request: Request, uid: int, reply: Reply) -> None:
        reply({"error": 0, "text": dump.disabled(self._readable(request["domain"], uid))})

    def _list(self, request: Request, uid: int, reply: Reply) -> None:
        domain = self._readable(request["domain"], uid)
        if label := request.get("label"):
            reply({"error": 0, "text": dump.listed_service(self._job(domain, label))})
        else:
            reply({"error": 0, "text": dump.table(domain)})

    # -- what only the lab asks for

    def _by_root(self, uid: int) -> None:
        if uid not in (self.owner, 0):
            raise LaunchError(EPERM)

    def _ping(self, _request: Request, _uid: int, reply: Reply) -> None:
        reply({"error": 0, "domains": sorted(self.domains), "console_user": self.console_user})

    def _console(self, _request: Request, _uid: int, reply: Reply) -> None:
        reply({"error": 0, "user": self.console_user})

    def _login(self, request: Request, uid: int, reply: Reply) -> None:
        """Somebody sits down at the Mac and logs in."""
        self._by_root(uid)
        try:
            who = spawn.identity(self.root, request.get("user", "admin"))
        except spawn.IdentityUnknown:
            raise LaunchError(ENOENT) from None
        name = f"gui/{who.uid}"
        if name not in self.domains:
            self.console_user = who.name
            gui = self._open("gui", who.uid)
            for directory in ("System/Library/LaunchAgents", "Library/LaunchAgents"):
                gui.load_directory(self.root / directory)
            gui.load_directory(self.root / who.home.lstrip("/") / "Library/LaunchAgents")
        reply({"error": 0})

    def _logout(self, _request: Request, uid: int, reply: Reply) -> None:
        """Answers when the last job of the session has ended."""
        self._by_root(uid)
        gui = next((domain for domain in self.domains.values() if domain.kind == "gui"), None)
        if gui is None:
            reply({"error": 0})
            return

        def done() -> None:
            self._closed(gui)
            self.console_user = None
            reply({"error": 0})

        gui.tear_down(done)

    def _read_log(self, request: Request, uid: int, reply: Reply) -> None:
        self._by_root(uid)
        lines = self._log_path.read_text(encoding="utf-8").splitlines()
        if label := request.get("label"):
            lines = [line for line in lines if f"/{label}]" in line]
        reply({"error": 0, "lines": lines[-int(request.get("count", 200)) :]})

    def _shutdown(self, request: Request, uid: int, reply: Reply) -> None:
        self._by_root(uid)
        reply({"error": 0})

        def begin() -> None:
            self.exit_status = RESTART if request.get("restart") else 0
            self.shut_down()

        self.loop.after(float(request.get("after", 0)), begin)

    def shut_down(self) -> None:
        """SIGTERM to every job, SIGKILL to what is left after a bounded time, then the end."""
        if self.shutting_down:
            return
        self.shutting_down = True
        self.log("shutting down")
        self.loop.after(SHUTDOWN_GRACE, self._end)
        for domain in list(self.domains.values()):
            if domain.uid is None or not domain.jobs:
                continue
            domain.tear_down(self._end_when_empty)
        self.system.tear_down(self._end_when_empty)

    def _end_when_empty(self) -> None:
        if not any(domain.jobs for domain in self.domains.values()):
            self._end()

    def _end(self) -> None:
        for pid in list(self._by_pid):
            _kill_group(pid)
        if os.getpid() == 1:
            with contextlib.suppress(ProcessLookupError):  # nobody else is left, which is what was wanted
                os.kill(-1, signal.SIGKILL)
        self.loop.running = False


def _kill_group(leader: int) -> None:
    # The group may have ended by itself, or be the zombie alone.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
