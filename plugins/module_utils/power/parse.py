# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what ``pmset -g`` prints."""

from __future__ import annotations

import re

SOURCES = {"AC Power": "ac", "Battery Power": "battery", "UPS Power": "ups"}
SYSTEM_WIDE = "System-wide power settings"


def parse_custom(text: str) -> dict[str, dict[str, str]]:
    """Read ``pmset -g custom``: power source (ac, battery, ups) -> settings. Only sources that the Mac has are
    there."""
    profiles: dict[str, dict[str, str]] = {}
    for header, lines in _sections(text):
        if header in SOURCES:
            profiles[SOURCES[header]] = dict(filter(None, map(_setting, lines)))
    return profiles


def parse_sleep_disabled(text: str) -> bool:
    """Read SleepDisabled from ``pmset -g``. It is not there at all before it has been set for the first time."""
    for header, lines in _sections(text):
        if header == SYSTEM_WIDE:
            for line in lines:
                words = line.split()
                if len(words) == 2 and words[0] == "SleepDisabled":
                    return words[1] != "0"
    return False


def parse_capabilities(text: str) -> set[str]:
    """Read ``pmset -g cap``: what the Mac can do on the power source that is in use."""
    return {
        line.strip() for header, lines in _sections(text) if header.startswith("Capabilities for") for line in lines
    }


def _sections(text: str) -> list[tuple[str, list[str]]]:
    sections: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        if line.endswith(":") and not line.startswith((" ", "\t")):
            sections.append((line[:-1], []))
        elif sections and line.startswith((" ", "\t")) and line.strip():
            sections[-1][1].append(line)
    return sections


def _setting(line: str) -> tuple[str, str] | None:
    """A setting is a name of up to 20 letters, padded, and its value; one name, "Sleep On Power Button", has spaces."""
    found = re.match(r" ([a-z]+) +(\S.*)$", line) or re.match(r" (\S.*\S)\s+(\S+)\s*$", line)
    return (found.group(1), found.group(2).strip()) if found else None
