"""Runs of ansible-playbook, and what a Mac's disk looked like around them."""

from __future__ import annotations

import dataclasses
import os
import pty
import re
import select
import signal
import stat
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from .macs import BIN, REPOSITORY, tool_environment

PATIENCE = 240
DISKS = Path("/run/remote_ollama_lab/hosts")
# what a login itself writes: sshd's and sudo's records, Ansible's own directory, Python's compiled modules
OF_THE_LOGIN = re.compile(
    r"^(var/(log|db/(sudo|lastlog|utmpx?))|Users/[^/]+/\.(ansible|bash_history|sudo_as_admin_successful|zsh))(/|$|[._])|__pycache__"
)


@dataclasses.dataclass(frozen=True)
class Played:
    """How a run of ansible-playbook ended; ``recap``: host -> ok, changed, unreachable, failed and so on."""

    returncode: int
    output: str

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        after = self.output.partition("PLAY RECAP")[2]
        lines = re.findall(r"^(\S+)\s+: (ok=.*)$", after, re.MULTILINE)
        return {host: {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", counts)} for host, counts in lines}

    def __str__(self) -> str:
        return f"ansible-playbook ended with {self.returncode}:\n{self.output[-6000:]}"


def play(inventory: str | Path, *arguments: str, playbook: str = "site.yml") -> Played:
    """Runs a playbook of this checkout; never asks for anything."""
    ran = subprocess.run(
        [BIN / "ansible-playbook", "--inventory", str(inventory), playbook, *arguments],
        cwd=REPOSITORY,
        env=tool_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    return Played(ran.returncode, ran.stdout)


def play_at_a_terminal(inventory: str | Path, answers: Sequence[tuple[str, str]], *arguments: str) -> Played:
    """As ``play``, at a terminal of its own, where each prompt of ``answers`` gets its answer in turn."""
    argv = ["ansible-playbook", "--inventory", str(inventory), "site.yml", *arguments]
    environment = tool_environment()
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            os.chdir(REPOSITORY)
            os.execvpe(BIN / "ansible-playbook", argv, environment)
        except OSError as error:
            os.write(2, f"{error}\n".encode())
        finally:  # a child that goes on would be a second pytest
            os._exit(127)
    said, waiting, deadline = b"", list(answers), time.monotonic() + PATIENCE
    try:
        while True:
            readable, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
            if not readable:
                os.kill(pid, signal.SIGTERM)
                os.waitpid(pid, 0)
                raise TimeoutError(f"ansible-playbook did not end in {PATIENCE} s:\n{said.decode(errors='replace')}")
            try:
                more = os.read(terminal, 65536)
            except OSError:  # the terminal's other end was closed
                break
            if not more:
                break
            said += more
            if waiting and waiting[0][0].encode() in said.rpartition(b"\n")[2]:
                os.write(terminal, f"{waiting.pop(0)[1]}\n".encode())
        _, status = os.waitpid(pid, 0)
    finally:
        os.close(terminal)
    return Played(os.waitstatus_to_exitcode(status), said.decode(errors="replace").replace("\r\n", "\n"))


def disk(mac: str) -> dict[str, tuple[int, ...]]:
    """All that was ever written on a lab's Mac, what a login writes left out: path -> mode, owner, group.

    What is no directory has its size and its time of change as well: those of a directory change with what is in it.
    """
    upper = DISKS / mac / "upper"
    found: dict[str, tuple[int, ...]] = {}
    for directory, directories, names in os.walk(upper):
        for name in (*directories, *names):
            path = Path(directory, name)
            relative = str(path.relative_to(upper))
            if not OF_THE_LOGIN.search(relative):
                state = path.lstat()
                of_content = () if stat.S_ISDIR(state.st_mode) else (state.st_size, state.st_mtime_ns)
                found[relative] = (state.st_mode, state.st_uid, state.st_gid, *of_content)
    if not found:
        raise RuntimeError(f"{upper} holds no disk of a Mac")
    return found
