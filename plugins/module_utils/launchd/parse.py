# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what launchctl prints. ``launchctl print`` is declared no API, so what is not known stays unknown (None)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# a job in these states has been told to end and still has its label
ENDING = ("SIGTERMed", "SIGKILLed")


@dataclass(frozen=True)
class ServicePrint:
    """One loaded service, as ``launchctl print <service>`` shows it.

    ``last_exit_status`` and ``last_signal`` are of the run before the present one; both None: it has never ended.
    """

    state: str | None = None
    pid: int | None = None
    runs: int | None = None
    last_exit_status: int | None = None
    last_signal: str | None = None
    path: str | None = None
    program: str | None = None
    arguments: tuple[str, ...] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    inherited: dict[str, str] = field(default_factory=dict)
    stdout_path: str | None = None
    stderr_path: str | None = None
    working_directory: str | None = None
    username: str | None = None
    properties: tuple[str, ...] = ()

    @property
    def ending(self) -> bool:
        """It was booted out or is being restarted, and its process has not gone yet."""
        return self.state in ENDING

    @property
    def running(self) -> bool:
        """It has a process that is not being ended."""
        return self.pid is not None and not self.ending

    @property
    def keepalive(self) -> bool:
        return "keepalive" in self.properties

    def describe(self) -> str:
        """For messages: the state and how it last ended."""
        words = [f"state {self.state or 'unknown'}"]
        if self.pid is not None:
            words.append(f"pid {self.pid}")
        if self.runs is not None:
            words.append(f"runs {self.runs}")
        if self.last_exit_status is not None:
            words.append(f"last exit status {self.last_exit_status}")
        if self.last_signal is not None:
            words.append(f"last ended by signal {self.last_signal}")
        return ", ".join(words)


def parse_service(text: str) -> ServicePrint:
    """Read the dump of one service.

    ``state`` stands three times in a dump; only the first with one leading tab is the job's. An argument or a
    variable may
    hold line breaks and so imitate any line, therefore what stands after the blocks is only looked for after the last
    ``minimum runtime``, which launchd prints behind them.
    """
    lines = text.split("\n")
    head, tail = _split(lines)
    values = _values(tail)
    early = _values(head)
    last_exit, last_signal = values.get("last exit code"), values.get("last terminating signal")
    return ServicePrint(
        state=early.get("state"),
        pid=_number(values.get("pid")),
        runs=_number(values.get("runs")),
        last_exit_status=_leading_number(last_exit),
        last_signal=last_signal,
        path=early.get("path"),
        program=early.get("program"),
        arguments=_block(lines, "arguments"),
        environment=_environment(_block(lines, "environment")),
        inherited=_environment(_block(lines, "inherited environment")),
        stdout_path=early.get("stdout path"),
        stderr_path=early.get("stderr path"),
        working_directory=early.get("working directory"),
        username=early.get("username") or values.get("username"),
        properties=tuple(word.strip() for word in values.get("properties", "").split("|") if word.strip()),
    )


def parse_disabled(text: str) -> dict[str, bool]:
    """Read ``launchctl print-disabled``: label -> is it disabled. A label that is absent has no override.

    Up to macOS 12 the values are true and false (true: disabled), from 13 on disabled and enabled. Login items, which
    newer versions list behind, are no overrides.
    """
    overrides: dict[str, bool] = {}
    inside = False
    for line in text.split("\n"):
        if re.match(r"\s*disabled services = \{", line):
            inside = True
        elif inside and line.strip() == "}":
            break
        elif inside:
            found = re.match(r'\s*"(.+)" => (true|false|disabled|enabled)\s*$', line)
            if found:
                overrides[found.group(1)] = found.group(2) in ("true", "disabled")
    return overrides


def _split(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines before and after the last "minimum runtime"; both are all of them where it is not printed."""
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].startswith("\tminimum runtime = "):
            return lines[:index], lines[index:]
    return lines, lines


def _values(lines: list[str]) -> dict[str, str]:
    """The first value of each key that has exactly one leading tab."""
    values: dict[str, str] = {}
    for line in lines:
        found = re.match(r"\t([^\t=][^=]*?) = (.*)$", line)
        if found and found.group(2) != "{":
            values.setdefault(found.group(1), found.group(2))
    return values


def _block(lines: list[str], name: str) -> tuple[str, ...] | None:
    """The lines of a one-tab block without their two tabs; lines without them continue the value before."""
    try:
        start = lines.index(f"\t{name} = {{")
    except ValueError:
        return None
    entries: list[str] = []
    for line in lines[start + 1 :]:
        if line == "\t}":
            return tuple(entries)
        if line.startswith("\t\t"):
            entries.append(line[2:])
        elif entries:
            entries[-1] += "\n" + line
    return None


def _environment(entries: tuple[str, ...] | None) -> dict[str, str]:
    pairs = (entry.partition(" => ") for entry in entries or ())
    return {key: value for key, arrow, value in pairs if arrow}


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"[0-9]+", value) else None


def _leading_number(value: str | None) -> int | None:
    found = re.match(r"([0-9]+)(?::|$)", value or "")
    return int(found.group(1)) if found else None
