"""A job's property list, read as launchd reads it."""

from __future__ import annotations

import dataclasses
import plistlib
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from lab.mac.launch.errors import BAD_OWNERSHIP, EIO, LaunchError, Unsimulated

DEFAULT_RUNTIME = 10
DEFAULT_EXIT_TIMEOUT = 5
_SESSIONS = ("Aqua", "Background", "LoginWindow", "StandardIO", "System")
_SPAWN_TYPES = {"Interactive": "interactive (4)", "Background": "background (5)", "Adaptive": "adaptive (6)"}

_REAL_BUT_UNSIMULATED = {
    "EnvironmentFile", "LaunchEvents", "LimitLoadFromHosts", "LimitLoadToHosts", "LimitLoadToHardware", "MachServices",
    "QueueDirectories", "RootDirectory", "Sockets", "StartOnMount", "TimeOut", "WaitForDebugger", "WatchPaths",
    "inetdCompatibility",
}  # fmt: skip
_KEEPALIVE_KEYS = {"SuccessfulExit", "Crashed", "PathState", "OtherJobEnabled", "NetworkState", "AfterInitialDemand"}


@dataclasses.dataclass(frozen=True)
class Definition:
    """One job as bootstrapped. launchd never reads the file again."""

    label: str
    path: str
    program: str
    arguments: tuple[str, ...]
    inferred_program: bool
    keys: dict[str, Any]

    def get(self, key: str, default: Any = None) -> Any:
        return self.keys.get(key, default)

    @property
    def run_at_load(self) -> bool:
        return bool(self.get("RunAtLoad")) or self.keep_alive is not False

    @property
    def keep_alive(self) -> bool | dict[str, Any]:
        rule: bool | dict[str, Any] = self.keys.get("KeepAlive", self.get("OnDemand") is False)
        return rule

    @property
    def minimum_runtime(self) -> int:
        interval = self.get("ThrottleInterval", 0)
        return interval if interval > 0 else DEFAULT_RUNTIME  # "You're not that important. Ignoring."

    @property
    def exit_timeout(self) -> int:
        return int(self.get("ExitTimeOut", DEFAULT_EXIT_TIMEOUT))

    @property
    def environment(self) -> dict[str, str]:
        return {k: v for k, v in self.get("EnvironmentVariables", {}).items() if isinstance(v, str)}

    @property
    def sessions(self) -> tuple[str, ...]:
        wanted = self.get("LimitLoadToSessionType", "Aqua")
        return (wanted,) if isinstance(wanted, str) else tuple(wanted)

    @property
    def spawn_type(self) -> str:
        return _SPAWN_TYPES.get(self.get("ProcessType", "Standard"), "daemon (3)")


def check_ownership(path: Path, owners: tuple[int, ...]) -> None:
    """launchd takes no definition that somebody else could have written."""
    status = path.stat()
    if status.st_uid not in owners or status.st_mode & 0o022:
        raise LaunchError(BAD_OWNERSHIP, f"Caller specified a plist with bad ownership/permissions: path = {path}")


def read(path: Path, shown_path: str) -> Definition:
    """Raises LaunchError with the number that launchctl prints: EIO for every kind of bad list."""
    try:
        keys = plistlib.loads(path.read_bytes())
    except OSError as error:
        raise LaunchError(EIO, f"{shown_path}: {error.strerror}") from error
    except (plistlib.InvalidFileException, ExpatError, ValueError, KeyError, IndexError, OverflowError) as error:
        raise LaunchError(EIO, f"{shown_path}: Invalid property list") from error
    if not isinstance(keys, dict):
        raise LaunchError(EIO, f"{shown_path}: Invalid property list")
    return parse(keys, shown_path)


def parse(keys: dict[str, Any], path: str) -> Definition:
    label = keys.get("Label")
    if not isinstance(label, str) or not label or "/" in label:
        raise LaunchError(EIO, f"{path}: Invalid or missing service identifier")
    arguments = keys.get("ProgramArguments")
    program = keys.get("Program")
    if arguments is not None and (
        not isinstance(arguments, list) or not arguments or not all(isinstance(a, str) for a in arguments)
    ):
        raise LaunchError(EIO, f"{path}: Invalid or missing Program/ProgramArguments")
    if program is None and arguments is not None:
        program = arguments[0]
    if not isinstance(program, str):
        raise LaunchError(EIO, f"{path}: Invalid or missing Program/ProgramArguments")
    _check_types(keys, path)
    _check_simulated(keys, path)
    return Definition(
        label=label,
        path=path,
        program=program,
        arguments=tuple(arguments or [program]),
        inferred_program="Program" not in keys,
        keys=keys,
    )


def _check_types(keys: dict[str, Any], path: str) -> None:
    integers = ("ThrottleInterval", "ExitTimeOut", "StartInterval", "Nice")
    booleans = ("RunAtLoad", "Disabled", "LaunchOnlyOnce", "OnDemand")
    strings = ("UserName", "GroupName", "WorkingDirectory", "StandardOutPath", "StandardErrorPath", "ProcessType")
    dictionaries = ("EnvironmentVariables", "SoftResourceLimits", "HardResourceLimits")
    for names, kind in ((integers, int), (booleans, bool), (strings, str), (dictionaries, dict)):
        for name in names:
            if name in keys and (not isinstance(keys[name], kind) or (kind is int and isinstance(keys[name], bool))):
                raise LaunchError(EIO, f"{path}: Invalid property list: {name}")
    if not isinstance(keys.get("KeepAlive", True), (bool, dict)):
        raise LaunchError(EIO, f"{path}: Invalid property list: KeepAlive")


def _check_simulated(keys: dict[str, Any], path: str) -> None:
    """A key that macOS knows and this launchd does not is refused; a key that nobody knows is ignored, as on a Mac."""
    unknown = sorted(_REAL_BUT_UNSIMULATED & keys.keys())
    keep_alive = keys.get("KeepAlive")
    if isinstance(keep_alive, dict):
        unknown += sorted(f"KeepAlive.{key}" for key in keep_alive.keys() - _KEEPALIVE_KEYS)
        unknown += ["KeepAlive.AfterInitialDemand"] if "AfterInitialDemand" in keep_alive else []
    for section in ("SoftResourceLimits", "HardResourceLimits"):
        unknown += sorted(f"{section}.{key}" for key in keys.get(section, {}).keys() - {"NumberOfFiles"})
    if unknown:
        raise Unsimulated(f"{path}: the simulated launchd does not know {', '.join(unknown)}")
    sessions = keys.get("LimitLoadToSessionType", "Aqua")
    for session in [sessions] if isinstance(sessions, str) else sessions:
        if session not in _SESSIONS:
            raise LaunchError(EIO, f"{path}: Invalid property list: LimitLoadToSessionType")
