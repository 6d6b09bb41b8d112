"""Simulated Macs: their boot's binds, their disk, and what the lab asks of their launchd."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab import addresses
from lab.command import run
from lab.errors import LabError
from lab.hosts import accounts
from lab.hosts.host import Host
from lab.hosts.plan import Plan
from lab.mac import client
from lab.network import cuts, namespaces, switch
from lab.network.cuts import Network
from lab.settings import SOURCE, USERLAND

if TYPE_CHECKING:
    from lab.keys import Keys
    from lab.programs.build import Built

# Of the fleet, one Mac's admin is asked for the sudo password, as on a Mac that nobody has changed.
ASKS_FOR_PASSWORD = "macb"

_SSH_PORT = 22
_APPLE_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"


class Mac(Host):
    tools = "/.lab/linux/bin"

    def prepare(self, keys: Keys, built: Built) -> None:
        """Writes the disk of a Mac that has none, and what each start mounts."""
        Plan(name=self.name, kind="mac", network=switch.configuration(self.name), binds=_binds(built)).save()
        if not self.upper.exists():
            self._install(keys)

    @property
    def upper(self) -> Path:
        return self.folder / "upper"

    def _install(self, keys: Keys) -> None:
        from lab.mac import disk  # noqa: PLC0415  (`lab exec` does without)
        from lab.mac.spec import MacSpec  # noqa: PLC0415

        address = addresses.address_of(self.name)
        spec = MacSpec(
            name=self.name,
            lan_ip=address.v4,
            lan_ip6=address.v6,
            admin_public_key=keys.admin_public_key,
            sudo_password=keys.sudo_password if self.name == ASKS_FOR_PASSWORD else None,
            ca_pem=keys.ca_pem,
            hosts=addresses.public_names(),
            gateway=addresses.GATEWAY.v4,
        )
        # Half a disk, left by a command that was killed, must not pass for one.
        partial = self.folder / "upper.partial"
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir()
        disk.install(partial, spec)
        partial.rename(self.upper)

    def erase(self, keys: Keys, built: Built) -> None:
        """A new disk. The Mac starts from it."""
        self.power_off()
        for old in (self.upper, self.folder / "work"):
            # Renamed, for half a disk must not pass for one here either.
            erased = old.with_suffix(".erased")
            if erased.exists():
                shutil.rmtree(erased)
            if old.exists():
                old.rename(erased)
                shutil.rmtree(erased)
        self.prepare(keys, built)
        self.power_on()

    def is_ready(self) -> bool:
        """launchd and sshd answer: sshd over the network, or from within while the Mac is cut off from it."""
        try:
            self.ask({"op": "ping"}, seconds=2)
        except LabError:
            return False
        cut_off = Network.LAN in cuts.networks_cut(self.name)
        asking = namespaces.of(self.name if cut_off else addresses.LAPTOP)
        banner = namespaces.first_bytes(asking, addresses.address_of(self.name).v4, _SSH_PORT, seconds=2)
        return banner is not None and banner.startswith(b"SSH-")

    # -- its launchd

    def ask(self, request: dict[str, Any], seconds: float = 60.0) -> dict[str, Any]:
        pid = self.pid1()
        if pid is None:
            raise LabError(f"{self.name} is off")
        try:
            answer = client.request(f"/proc/{pid}/root/run/launchd.sock", request, seconds)
        except client.LaunchdUnreachable as error:
            raise LabError(f"{self.name}: launchd does not answer: {error}") from error
        if reason := answer.get("unsimulated"):
            raise LabError(f"{self.name}: not simulated: {reason}")
        if number := answer.get("error"):
            raise LabError(f"{self.name}: launchd refused {request['op']}: error {number}")
        return answer

    def login(self, user: str) -> None:
        self.ask({"op": "login", "user": user})

    def logout(self) -> None:
        self.ask({"op": "logout"})

    def console_user(self) -> str:
        return str(self.ask({"op": "console"}).get("user") or "")

    def launchd_log(self, label: str | None) -> list[str]:
        return [str(line) for line in self.ask({"op": "log", **({"label": label} if label else {})})["lines"]]

    # -- commands

    def environment(self, account: accounts.Account) -> dict[str, str]:
        """What a command gets over SSH on a Mac."""
        return {
            "PATH": _APPLE_PATH,
            "HOME": account.home,
            "USER": account.name,
            "LOGNAME": account.name,
            "SHELL": account.shell,
        }

    def working_directory(self, account: accounts.Account) -> str:
        return account.home


def _binds(built: Built) -> list[tuple[str, str]]:
    return [
        (sys.base_prefix, "/.lab/python"),
        (str(SOURCE), "/.lab/sim"),
        (str(built.engine), "/.lab/site"),
        (str(built.tailscale), "/.lab/programs/tailscale"),
        (str(built.ollama), "/.lab/programs/ollama"),
        (str(built.haproxy), "/.lab/programs/haproxy"),
        ("/usr/bin", "/.lab/linux/bin"),
        ("/usr/sbin", "/.lab/linux/sbin"),
        (str(apple_python()), "/.lab/clt"),
        (str(USERLAND / "bin"), "/usr/bin"),
        (str(USERLAND / "sbin"), "/usr/sbin"),
    ]


def apple_python() -> Path:
    """The prefix of a Python 3.9, which is what Apple's developer tools bring; else of the machine's own python3."""
    roots = [os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv"), "/opt/pyenv"]
    for root in dict.fromkeys(filter(None, roots)):
        found = sorted(Path(root, "versions").glob("3.9.*/bin/python3.9"))
        if found:
            return found[-1].parent.parent
    for program in ("python3.9", "/usr/bin/python3", "python3"):
        if path := shutil.which(program):
            # A version manager's stand-in is found even where there is nothing behind it.
            said = run([path, "-c", "import sys; print(sys.base_prefix)"], check=False)
            if said.returncode == 0:
                return Path(said.stdout.strip())
    raise LabError("no python3 for the Macs on this machine")
