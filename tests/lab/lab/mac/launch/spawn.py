"""Starts a job's process: what launchd does between fork and exec."""

from __future__ import annotations

import dataclasses
import os
import resource
import signal
from pathlib import Path

from lab.mac.launch.definition import Definition

DEFAULT_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"


@dataclasses.dataclass(frozen=True)
class Identity:
    """Who a job runs as."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str
    shell: str


class IdentityUnknown(Exception):
    """No such user or group."""


def identity(root: Path, user: str | int, group: str | None = None) -> Identity:
    """Reads the Mac's own files, so that a user made a moment ago is seen and nothing is cached."""
    groups = [line.split(":") for line in (root / "etc/group").read_text(encoding="utf-8").splitlines()]
    for line in (root / "etc/passwd").read_text(encoding="utf-8").splitlines():
        name, _, uid, gid, _, home, shell = line.split(":")
        if user not in (name, int(uid)):
            continue
        primary = int(gid)
        if group is not None:
            primary = next((int(g[2]) for g in groups if g[0] == group), -1)
            if primary < 0:
                raise IdentityUnknown(group)
        member_of = {int(g[2]) for g in groups if name in g[3].split(",")} | {primary}
        return Identity(name, int(uid), primary, tuple(sorted(member_of)), home, shell)
    raise IdentityUnknown(str(user))


def environment(definition: Definition, who: Identity | None, extra: dict[str, str]) -> dict[str, str]:
    """launchd gives a job next to nothing: its shell's profile is nobody's business."""
    result = {"PATH": DEFAULT_PATH}
    if who is not None:
        result |= {"HOME": who.home, "USER": who.name, "LOGNAME": who.name, "SHELL": who.shell}
    result |= extra
    result |= definition.environment
    result["XPC_SERVICE_NAME"] = definition.label
    return result


def start(definition: Definition, who: Identity | None, env: dict[str, str], paths_as_user: bool) -> tuple[int, str]:
    """Forks and execs. Returns the pid and an empty string, or the pid and why the program never began."""
    read_end, write_end = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read_end)
            _become(definition, who, env, paths_as_user)
        except OSError as error:
            os.write(write_end, f"{error.strerror}: {error.filename or definition.program}".encode())
        except (ValueError, KeyError) as error:
            os.write(write_end, str(error).encode())
        finally:
            os._exit(78)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as reader:
        failure = reader.read().decode(errors="replace")
    return pid, failure


def _become(definition: Definition, who: Identity | None, env: dict[str, str], paths_as_user: bool) -> None:
    os.setsid()
    for number in range(1, signal.NSIG):
        if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if nice := definition.get("Nice"):
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    _limits(definition)
    umask = _umask(definition)
    os.umask(umask)
    outputs = [definition.get(key) for key in ("StandardOutPath", "StandardErrorPath")]
    if not paths_as_user:
        _make_parents(outputs)
    if who is not None:
        os.setgroups(who.groups)
        os.setgid(who.gid)
        os.setuid(who.uid)
    if paths_as_user:
        _make_parents(outputs)
    os.chdir(definition.get("WorkingDirectory", "/"))
    _redirect(definition.get("StandardInPath", "/dev/null"), os.O_RDONLY, 0)
    for descriptor, path in enumerate(outputs, start=1):
        _redirect(path or "/dev/null", os.O_WRONLY | os.O_CREAT | os.O_APPEND, descriptor)
    program = definition.program
    if "/" not in program:
        program = _search(program)
    os.execve(program, list(definition.arguments), env)


def _make_parents(outputs: list[str | None]) -> None:
    for path in outputs:
        if path:
            os.makedirs(os.path.dirname(path), mode=0o766, exist_ok=True)


def _redirect(path: str, flags: int, descriptor: int) -> None:
    opened = os.open(path, flags, 0o666)
    os.dup2(opened, descriptor)
    if opened > 2:
        os.close(opened)


def _umask(definition: Definition) -> int:
    """A plist may give the umask as a number or as an octal string."""
    value = definition.get("Umask", 0o022)
    return int(value, 8) if isinstance(value, str) else int(value)


def _limits(definition: Definition) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    hard = definition.get("HardResourceLimits", {}).get("NumberOfFiles", hard)
    soft = definition.get("SoftResourceLimits", {}).get("NumberOfFiles", min(256, hard))
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, hard), hard))


def _search(program: str) -> str:
    for directory in DEFAULT_PATH.split(":"):
        if os.access(f"{directory}/{program}", os.X_OK):
            return f"{directory}/{program}"
    raise FileNotFoundError(2, "No such file or directory", program)
