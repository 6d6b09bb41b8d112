# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Property lists of services: reading one, and what keeps launchd from loading it. Nothing here writes."""

from __future__ import annotations

import grp
import os
import plistlib
import pwd
import stat
import typing as t
from xml.parsers.expat import ExpatError

from ..command import ToolError

# where launchd looks for a program that is named without a slash; a job's own PATH plays no part
SEARCH_PATH = ("/usr/bin", "/bin", "/usr/sbin", "/sbin")
GROUP_OR_WORLD_WRITE = stat.S_IWGRP | stat.S_IWOTH


class PlistError(ToolError):
    """launchd would not load this file, or would never start its program."""


def default_path(label: str, domain: str, home: str) -> str:
    """Where the property list of a service lies when the caller does not say.

    :param domain: system, gui or user
    :param home: of the person whose domain it is
    """
    if domain == "system":
        return f"/Library/LaunchDaemons/{label}.plist"
    own = os.path.join(home, "Library/LaunchAgents", f"{label}.plist")
    everybody = f"/Library/LaunchAgents/{label}.plist"
    return everybody if os.path.exists(everybody) and not os.path.exists(own) else own


def read(path: str) -> dict[str, t.Any]:
    """The property list in a file.

    :raises PlistError: there is no such file, it cannot be read, or it is no dictionary
    """
    try:
        with open(path, "rb") as file:
            content = plistlib.load(file)
    except FileNotFoundError:
        raise PlistError(
            f"The property list {path} does not exist. This module never writes it; a task before this one should.",
            plist=path,
        ) from None
    except OSError as error:
        raise PlistError(f"The property list {path} cannot be read: {error.strerror}.", plist=path) from error
    except (plistlib.InvalidFileException, ExpatError, ValueError, LookupError, AttributeError) as error:
        raise PlistError(f"{path} is no property list: {error}. Check it with plutil -lint.", plist=path) from error
    if not isinstance(content, dict):
        raise PlistError(f"{path} holds no dictionary, which the property list of a service has to be.", plist=path)
    return content


def check(path: str, content: dict[str, t.Any], label: str, domain: str, uid: int) -> None:
    """Refuse what launchd would refuse, with the reason that launchd does not give.

    :param uid: of the person whose domain it is; 0 in the domain system
    :raises PlistError: names the file, what is wrong and what to do
    """
    _check_label(path, content, label)
    _check_program(path, content)
    _check_accounts(path, content, domain)
    _check_owner(path, domain, uid)


def keeps_running(content: dict[str, t.Any]) -> bool:
    """launchd starts it by itself, and again whenever it ends."""
    return content.get("KeepAlive") is True


def starts_by_itself(content: dict[str, t.Any]) -> bool:
    """launchd starts it as soon as it is loaded."""
    return bool(content.get("RunAtLoad")) or bool(content.get("KeepAlive"))


def _check_label(path: str, content: dict[str, t.Any], label: str) -> None:
    found = content.get("Label")
    if found is None:
        raise PlistError(f"{path} has no Label; launchd needs one, and it has to be {label}.", plist=path)
    if found != label:
        raise PlistError(
            f"{path} has the Label {found}, not {label}: launchd would know the service by that name. Use the Label "
            f"as name, "
            "or correct the file.",
            plist=path,
        )


def _check_program(path: str, content: dict[str, t.Any]) -> None:
    arguments = content.get("ProgramArguments") or []
    program = content.get("Program") or (arguments[0] if isinstance(arguments, list) and arguments else None)
    if not isinstance(program, str) or not program:
        raise PlistError(f"{path} has neither Program nor ProgramArguments, so there is nothing to start.", plist=path)
    candidates = [program] if "/" in program else [os.path.join(folder, program) for folder in SEARCH_PATH]
    existing = [candidate for candidate in candidates if os.path.isfile(candidate)]
    if not existing:
        where = "" if "/" in program else f" in {':'.join(SEARCH_PATH)}"
        raise PlistError(
            f"{path} starts the program {program}, which does not exist{where}. Install it first, or correct the path.",
            plist=path,
            program=program,
        )
    if not any(os.stat(candidate).st_mode & 0o111 for candidate in existing):
        raise PlistError(f"{path} starts the program {program}, which is not executable.", plist=path, program=program)


def _check_accounts(path: str, content: dict[str, t.Any], domain: str) -> None:
    if domain != "system":
        return
    for key, lookup, what in (("UserName", pwd.getpwnam, "account"), ("GroupName", grp.getgrnam, "group")):
        name = content.get(key)
        if name is None:
            continue
        try:
            lookup(str(name))
        except KeyError:
            raise PlistError(
                f"{path} has {key} {name}, but this Mac has no such {what}. Create it first.", plist=path
            ) from None


def _check_owner(path: str, domain: str, uid: int) -> None:
    status = os.stat(path)
    allowed = {0} if domain == "system" else {0, uid}
    if status.st_uid not in allowed or status.st_mode & GROUP_OR_WORLD_WRITE:
        wanted = "root:wheel" if domain == "system" else f"uid {uid}"
        raise PlistError(
            f"{path} belongs to uid {status.st_uid} with mode {stat.S_IMODE(status.st_mode):04o}; launchd answers "
            f"that with "
            f"122 (Path had bad ownership/permissions). It has to belong to {wanted} and nobody else may write to it: "
            f"mode "
            "0644.",
            plist=path,
        )
