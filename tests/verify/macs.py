"""The Macs of an inventory as testinfra hosts, reached exactly as Ansible reaches them."""

from __future__ import annotations

import atexit
import dataclasses
import functools
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import testinfra.host
from testinfra.backend.base import BaseBackend, CommandResult

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
# Ansible's own names for how a host is reached; templated by Ansible, since an inventory may hold expressions
CONNECTION = {
    "connection": "{{ ansible_connection | default('ssh') }}",
    "address": "{{ ansible_host | default(inventory_hostname) }}",
    "user": "{{ ansible_user | default('') }}",
    "port": "{{ ansible_port | default('') }}",
    "key": "{{ ansible_ssh_private_key_file | default('') }}",
    "executable": "{{ ansible_ssh_executable | default('ssh') }}",
    "arguments": "{{ ansible_ssh_common_args | default('') }} {{ ansible_ssh_extra_args | default('') }}",
    "password": "{{ ansible_become_password | default(ansible_become_pass) | default('') }}",
}

# one connection serves all commands; a test never waits for a password
SSH_OPTIONS = ("ControlMaster=auto", "ControlPersist=30s", "ConnectTimeout=10", "BatchMode=yes")


def lan6(lan4: str) -> str:
    """The IPv6 address on the lab's LAN of the host that has this IPv4 address there."""
    return f"fd99:0:0:1::{lan4.rpartition('.')[2]}"


@functools.cache
def _sockets() -> str:
    """Where this run keeps its ssh connections. Not shared: another lab's Macs may have the very same addresses."""
    directory = tempfile.TemporaryDirectory(prefix="verify-")
    atexit.register(directory.cleanup)
    return directory.name


def tool_environment() -> dict[str, str]:
    """The environment in which the project's own tools and its ansible.cfg are found."""
    return {
        **os.environ,
        "ANSIBLE_CONFIG": str(REPOSITORY / "ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        # molecule asks for colours, which the readers of recaps do not expect
        "ANSIBLE_FORCE_COLOR": "false",
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }


@dataclasses.dataclass(frozen=True)
class Access:
    """How one Mac is reached and how its person becomes root."""

    name: str
    connection: str
    address: str
    user: str
    port: str
    key: str
    executable: str
    arguments: str
    password: str

    def argv(self, command: str) -> list[str]:
        if self.connection == "local":
            return ["/bin/sh", "-c", command]
        argv = [self.executable, *shlex.split(self.arguments)]
        for option in (*SSH_OPTIONS, f"ControlPath={_sockets()}/%C"):
            argv += ["-o", option]
        if self.key:
            argv += ["-i", self.key]
        if self.port:
            argv += ["-p", self.port]
        target = f"{self.user}@{self.address}" if self.user else self.address
        return [*argv, target, command]


def accesses(inventory: str, group: str = "macs") -> dict[str, Access]:
    """How each Mac of ``inventory`` is reached, as Ansible itself would."""
    with tempfile.TemporaryDirectory() as results:
        arguments = json.dumps({"msg": CONNECTION})
        argv = ["ansible", group, "--inventory", inventory, "--tree", results]
        ran = subprocess.run(
            [*argv, "--module-name", "ansible.builtin.debug", "--args", arguments],
            cwd=REPOSITORY, env=tool_environment(), capture_output=True, text=True,
        )  # fmt: skip
        found = {path.name: json.loads(path.read_text()) for path in sorted(Path(results).iterdir())}
    if ran.returncode or not found:
        raise RuntimeError(f"the group {group} of {inventory} cannot be read:\n{ran.stdout}{ran.stderr}")
    return {
        name: Access(name, **{key: str(value).strip() for key, value in result["msg"].items()})
        for name, result in found.items()
    }


class MacBackend(BaseBackend):  # type: ignore[misc]
    """Runs commands by ssh (or here, on the Mac itself); as root by the person's own sudo, with its password by stdin.

    testinfra's own ssh backend knows neither ``ansible_ssh_executable`` nor a sudo password.
    """

    NAME = "mac"

    def __init__(self, access: Access, root: bool = False) -> None:
        super().__init__(access.name)
        self.access = access
        self.root = root

    def run(self, command: str, *args: str, **_kwargs: Any) -> CommandResult:
        return self.run_with("", command, *args)

    def run_with(self, stdin: str, command: str, *args: str, timeout: float = 60) -> CommandResult:
        command = self.get_command(command, *args)
        if self.root:
            # -k: a cached answer would leave the password on the command's own standard input
            ask = "sudo -k -S -p ''" if self.access.password else "sudo -n"
            stdin = f"{self.access.password}\n{stdin}" if self.access.password else stdin
            command = f"{ask} /bin/sh -c {shlex.quote(command)}"
        ran = subprocess.run(self.access.argv(command), input=stdin.encode(), capture_output=True, timeout=timeout)
        return self.result(ran.returncode, self.encode(command), ran.stdout, ran.stderr)


class Mac:
    """One Mac: ``user`` and ``root`` are testinfra hosts, ``name`` is its name in the inventory."""

    def __init__(self, access: Access) -> None:
        self.name = access.name
        self.access = access
        self.user = testinfra.host.Host(MacBackend(access))
        self.root = testinfra.host.Host(MacBackend(access, root=True))

    def __repr__(self) -> str:
        return f"Mac({self.name})"

    def lan(self) -> tuple[str, str]:
        """The Mac's addresses on the lab's LAN: the same last number in both families."""
        return self.access.address, lan6(self.access.address)

    def root_with(self, stdin: str, command: str, *args: str, timeout: float = 60) -> CommandResult:
        """Runs ``command`` as root with ``stdin``: the way to hand over what may stand in no process list."""
        return MacBackend(self.access, root=True).run_with(stdin, command, *args, timeout=timeout)

    def service(self, target: str) -> CommandResult:
        return self.user.run("launchctl print %s", target)

    def tailscale(self) -> dict[str, Any]:
        """``tailscale status --json`` of the Homebrew formula."""
        prefixes = "/opt/homebrew/bin/tailscale /usr/local/bin/tailscale"
        found: dict[str, Any] = json.loads(
            self.user.check_output(f'for t in {prefixes}; do [ -x "$t" ] && exec "$t" status --json; done; exit 127')
        )
        return found

    def ollama(self, path: str) -> Any:
        """What Ollama itself answers on the Mac's loopback."""
        url = f"http://127.0.0.1:11434{path}"
        return json.loads(self.user.check_output("curl --silent --show-error --fail --max-time 30 %s", url))
