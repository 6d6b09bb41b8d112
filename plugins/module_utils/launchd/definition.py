# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is what launchd has loaded what the property list says? Told from one ``launchctl print``, or not at all.

Every part answers True (another one), False (the same) or None (cannot be told). A difference that is none would have
a service reloaded again and again, so whatever is doubtful is None.
"""

from __future__ import annotations

import re
import typing as t

from .parse import ServicePrint

PATHS = {
    "WorkingDirectory": "working_directory",
    "StandardOutPath": "stdout_path",
    "StandardErrorPath": "stderr_path",
}

# launchd sets these itself, or takes them from the shell that bootstrapped the service
_OWN = re.compile(r"XPC_|SUDO_|OSLogRateLimit$")


def differs(job: ServicePrint, content: t.Mapping[str, t.Any], label: str) -> bool | None:
    """Has launchd loaded another definition than the property list now holds?

    :param content: of the property list, empty where there is none to read
    :param label: the service's; a list with another one is not its definition
    """
    if content.get("Label") != label or content.get("EnableGlobbing"):
        return None
    return _any([_program(job, content), _arguments(job, content), *_rest(job, content)])


def _program(job: ServicePrint, content: t.Mapping[str, t.Any]) -> bool | None:
    wanted = _wanted_program(content)
    if wanted is None or job.program is None:
        return None
    if "/" not in wanted and job.program.endswith(f"/{wanted}"):
        return False
    return _other(wanted, job.program)


def _wanted_program(content: t.Mapping[str, t.Any]) -> str | None:
    arguments = _wanted_arguments(content)
    program = content.get("Program", arguments[0] if arguments else None)
    return program if isinstance(program, str) else None


def _wanted_arguments(content: t.Mapping[str, t.Any]) -> list[str] | None:
    arguments = content.get("ProgramArguments")
    if isinstance(arguments, list) and arguments and all(isinstance(each, str) for each in arguments):
        return arguments
    return None


def _arguments(job: ServicePrint, content: t.Mapping[str, t.Any]) -> bool | None:
    wanted = _wanted_arguments(content)
    if wanted is None and isinstance(content.get("Program"), str) and "ProgramArguments" not in content:
        wanted = [content["Program"]]
        if job.arguments is None:
            return False
    if wanted is None or job.arguments is None:
        return None
    return _other(_printed(wanted), _printed(job.arguments))


def _printed(arguments: t.Iterable[str]) -> str:
    """The block as launchctl prints it. Line breaks are printed raw, so the parser may have taken one argument for
    two, or a line of one for the block's end; what it read and what the property list says are brought to the same
    form here."""
    return ("\n\t\t".join(arguments) + "\n").partition("\n\t}\n")[0].rstrip("\n")


def _rest(job: ServicePrint, content: t.Mapping[str, t.Any]) -> t.Iterator[bool | None]:
    variables = content.get("EnvironmentVariables") or {}
    if not isinstance(variables, dict):
        yield None
        return
    values = {key: value for key, value in variables.items() if isinstance(value, str) and not _OWN.match(key)}
    # a line of an argument or a variable that starts with a tab can look like any line of the dump
    texts = [*(job.arguments or ()), *(_wanted_arguments(content) or ()), *values.values(), *job.environment.values()]
    told = not any("\n\t" in text for text in texts)
    for found in (*_paths(job, content), _environment(job, values), _account(job, content)):
        yield found if told or not found else None


def _paths(job: ServicePrint, content: t.Mapping[str, t.Any]) -> t.Iterator[bool | None]:
    """Only those that are shown: not every version need show them."""
    for key, name in PATHS.items():
        shown = getattr(job, name)
        if shown is not None:
            yield _other(content.get(key, ""), shown)


def _account(job: ServicePrint, content: t.Mapping[str, t.Any]) -> bool | None:
    wanted = content.get("UserName")
    if job.username is None or not isinstance(wanted, str) or wanted.isdigit():
        return False
    return _other(wanted, job.username)


def _environment(job: ServicePrint, values: t.Mapping[str, str]) -> bool | None:
    if not job.environment:
        return None if values else False
    parts = [_other(value, job.environment[key]) if key in job.environment else True for key, value in values.items()]
    return _any([*parts, _leftover(job, values)])


def _leftover(job: ServicePrint, values: t.Mapping[str, str]) -> bool:
    """Is there a variable that only an older property list can have set?

    launchd adds some of its own, of which no list exists. One that begins with the same word as a variable of the
    property list (OLLAMA_ or the like) is none of those.
    """
    families = {key.partition("_")[0] for key in values if "_" in key}
    return any(
        "_" in key and key.partition("_")[0] in families
        for key in job.environment
        if key not in values and key not in job.inherited and not _OWN.match(key)
    )


def _other(wanted: t.Any, shown: str) -> bool | None:
    if wanted == shown:
        return False
    plain = isinstance(wanted, str) and re.fullmatch(r"[\t\n\x20-\x7e]*", wanted) and not wanted.startswith("~")
    return True if plain else None


def _any(parts: t.Sequence[bool | None]) -> bool | None:
    if True in parts:
        return True
    return None if None in parts else False
