# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the dump of a whole domain (``launchctl print system``, ``launchctl print gui/501``)."""

from __future__ import annotations

import re
import typing as t

from ..command import Runner

# "     656      - 	com.apple.syncdefaultsd": pid or 0, status (a dash, a number, "(pe)"), a tab, the label
_ROW = re.compile(r"^\t\t\s*(\d+|-)\s+(\S+)\s*\t(.+)$")


class Row(t.NamedTuple):
    """One service of a domain; pid is None while it has no process."""

    label: str
    pid: int | None


def parse_domain(text: str) -> dict[str, Row]:
    """The services of a domain by label.

    Only the block "services" is read: further down the dump lists overrides, also of labels that are not loaded.
    """
    rows: dict[str, Row] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if line == "\tservices = {":
            break
    for line in lines:
        if line == "\t}":
            break
        found = _ROW.match(line)
        if found:
            pid = int(found.group(1)) if found.group(1).isdigit() else 0
            rows[found.group(3)] = Row(found.group(3), pid or None)
    return rows


def read_domain(run: Runner, launchctl: str, domain: str) -> dict[str, Row] | None:
    """The services of a domain, None when the domain does not exist or may not be read."""
    result = run([launchctl, "print", domain])
    return parse_domain(result.stdout) if result.rc == 0 else None
