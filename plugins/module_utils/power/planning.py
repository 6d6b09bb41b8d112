# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which settings differ, and which this Mac does not have. Pure: nothing is run here."""

from __future__ import annotations

import typing as t

from .keys import SYNONYMS

Profiles = t.Mapping[str, t.Mapping[str, str]]


class Plan(t.NamedTuple):
    """``wanted`` is by source, with the names that the Mac shows; ``changes`` is the part of it that differs."""

    wanted: dict[str, dict[str, str]]
    changes: dict[str, dict[str, str]]
    unsupported: list[str]

    @property
    def pairs(self) -> dict[str, str]:
        """What to set; a value is the same for all sources of a task."""
        return {name: value for changes in self.changes.values() for name, value in changes.items()}


def plan(profiles: Profiles, settings: t.Mapping[str, str], source: str, capable: t.Collection[str] = ()) -> Plan:
    """Compare.

    A setting that a Mac does not have is accepted by pmset without a word and shown nowhere, so that what is not shown
    counts as unsupported, except where the Mac lists it among its capabilities.

    :param source: all, ac, battery or ups
    :param capable: names that ``pmset -g cap`` lists
    """
    sources = list(profiles) if source == "all" else [source]
    wanted: dict[str, dict[str, str]] = {name: {} for name in sources if name in profiles}
    unsupported: list[str] = []
    for name, value in settings.items():
        found = False
        for place, values in wanted.items():
            shown = shown_name(name, profiles[place])
            if shown is not None or name in capable:
                values[shown or name] = value
                found = True
        if not found:
            unsupported.append(name)
    changes = {place: differing(values, profiles[place]) for place, values in wanted.items()}
    return Plan(wanted, {place: values for place, values in changes.items() if values}, unsupported)


def shown_name(name: str, profile: t.Mapping[str, str]) -> str | None:
    """The name under which the Mac shows a setting, None when it does not."""
    return next((alias for alias in (name, SYNONYMS.get(name)) if alias in profile), None)


def differing(wanted: t.Mapping[str, str], present: t.Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if present.get(name) != value}


def unmet(wanted: Profiles, profiles: Profiles) -> dict[str, dict[str, str]]:
    """What is wanted and not there, by source."""
    missing = {place: differing(values, profiles.get(place, {})) for place, values in wanted.items()}
    return {place: values for place, values in missing.items() if values}
