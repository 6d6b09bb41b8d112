"""A host as an object with verbs."""

from __future__ import annotations

import abc
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.command import run
from lab.errors import LabError
from lab.hosts import accounts, plan, supervisor
from lab.hosts.plan import Plan
from lab.network import namespaces
from lab.settings import SYSTEM_PATH, marked
from lab.waiting import wait_for

BOOT_SECONDS = 30.0


class Host(abc.ABC):
    """``tools`` is where the machine's own programs are within the host."""

    tools = "/usr/bin"

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def folder(self) -> Path:
        return plan.folder(self.name)

    @property
    def plan(self) -> Plan:
        return plan.load(self.name)

    # -- power

    def pid1(self) -> int | None:
        """The number, on the machine, of the host's first process; None while it is off."""
        try:
            pid = int((self.folder / "pid1").read_text(encoding="ascii"))
            own = Path(f"/proc/{pid}/ns/net").stat().st_ino
        except (OSError, ValueError):
            return None
        return pid if own == namespaces.inode(namespaces.of(self.name)) else None

    def is_supervised(self) -> bool:
        try:
            return bool(supervisor.ask(self.name, "state"))
        except OSError:
            return False

    @abc.abstractmethod
    def is_ready(self) -> bool:
        """Whether what the host is there for answers."""

    def ensure_running(self) -> None:
        """Starts the supervisor, or the host under it, and waits until the host is of use."""
        if not self.is_supervised():
            supervisor.launch(self.name)
            wait_for(f"{self.name}'s supervisor", self.is_supervised, BOOT_SECONDS, self.console)
        elif self.pid1() is None:
            self._tell("on")
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            if supervisor.ask(self.name, "state").startswith("off"):
                raise LabError(f"{self.name} did not stay on\n{self.console()}")
            return self.is_ready()

        wait_for(f"{self.name} ready", ready, BOOT_SECONDS, self.console)

    def power_on(self) -> None:
        self._tell("on")
        self.wait_until_ready()

    def power_off(self) -> None:
        self._tell("off")

    def reboot(self) -> None:
        self._tell("reboot")
        self.wait_until_ready()

    def _tell(self, word: str) -> None:
        try:
            answer = supervisor.ask(self.name, word)
        except OSError as error:
            raise LabError(f"{self.name}'s supervisor does not answer ({error}): `lab up` starts it again") from error
        if answer != "done":
            raise LabError(f"{self.name}'s supervisor: {answer}")

    def console(self) -> str:
        """The end of what the host said while it booted."""
        return tail(self.folder / "console.log")

    # -- commands

    def environment(self, account: accounts.Account) -> dict[str, str]:
        what = self.plan
        return marked(
            {
                "PATH": ":".join([*what.path, SYSTEM_PATH]),
                "HOME": account.home,
                "USER": account.name,
                "LOGNAME": account.name,
                "SHELL": account.shell,
                "LANG": "C.UTF-8",
                **what.environment,
            }
        )

    def working_directory(self, _account: accounts.Account) -> str:
        """Linux hosts share the machine's root, so a relative path means what it means to the caller."""
        return str(Path.cwd())

    def command(self, argv: Sequence[str], user: str = "root", extra: Mapping[str, str] | None = None) -> list[str]:
        """What to run on the machine so that ``argv`` runs on the host, with an environment of its own."""
        pid = self.pid1()
        if pid is None:
            raise LabError(f"{self.name} is off")
        account = accounts.find(Path(f"/proc/{pid}/root"), user)
        environment = {**self.environment(account), **(extra or {})}
        become = []
        if account.uid != 0:
            become = [
                f"{self.tools}/setpriv", f"--reuid={account.uid}", f"--regid={account.gid}",
                f"--groups={','.join(str(gid) for gid in account.groups)}", "--inh-caps=-all",
            ]  # fmt: skip
        return [
            "nsenter", f"--target={pid}", "--mount", "--net", "--pid", "--uts", "--ipc",
            f"--wdns={self.working_directory(account)}",
            *become,
            f"{self.tools}/env", "-i", *(f"{name}={value}" for name, value in environment.items()),
            *argv,
        ]  # fmt: skip

    def run(
        self, argv: Sequence[str], *, user: str = "root", text: str = "", timeout: float = 60, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        return run(self.command(argv, user), text=text, timeout=timeout, check=check)

    def become(self, argv: Sequence[str], user: str) -> None:
        """Replaces this very process, so that the exit status and every signal are the command's own."""
        terminal = {"TERM": os.environ["TERM"]} if "TERM" in os.environ else {}
        command = self.command(argv, user, terminal)
        os.execvp(command[0], command)


def tail(path: Path, lines: int = 15) -> str:
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
