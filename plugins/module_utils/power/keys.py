# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pmset's settings: which there are, and which values they take."""

from __future__ import annotations

import difflib
import typing as t

from ..command import ToolError

YES = ("1", "true", "yes", "on", "y", "t")
NO = ("0", "false", "no", "off", "n", "f")
LARGEST = 2**31 - 1


class Kind(t.NamedTuple):
    """What values a setting takes; ``least`` and ``most`` are inclusive, ``only`` lists the ones that there are."""

    text: str
    least: int = 0
    most: int = LARGEST
    only: tuple[int, ...] = ()


SWITCH = Kind("0 or 1 (false or true)", most=1)
MINUTES = Kind("minutes, 0 for never")
SECONDS = Kind("seconds")
PATH = Kind("an absolute path")

KINDS: dict[str, Kind] = {
    "sleep": MINUTES,
    "displaysleep": MINUTES,
    "disksleep": MINUTES,
    "womp": SWITCH,
    "ring": SWITCH,
    "powernap": SWITCH,
    "proximitywake": SWITCH,
    "autorestart": SWITCH,
    "autorestartatconnect": SWITCH,
    "lidwake": SWITCH,
    "acwake": SWITCH,
    "lessbright": SWITCH,
    "halfdim": SWITCH,
    "sms": SWITCH,
    "ttyskeepawake": SWITCH,
    "tcpkeepalive": SWITCH,
    "networkoversleep": SWITCH,
    "standby": SWITCH,
    "standbydelay": SECONDS,
    "standbydelayhigh": SECONDS,
    "standbydelaylow": SECONDS,
    "highstandbythreshold": Kind("percent", most=100),
    "autopoweroff": SWITCH,
    "autopoweroffdelay": SECONDS,
    "hibernatemode": Kind("0, 3 or 25", only=(0, 3, 25)),
    "hibernatefile": PATH,
    "gpuswitch": Kind("0, 1 or 2", most=2),
    "lowpowermode": Kind("0 (automatic), 1 (low power) or 2 (high power)", most=2),
    "powermode": Kind("0 (automatic), 1 (low power) or 2 (high power)", most=2),
}

# a Mac shows one of the two names and takes both
SYNONYMS = {"lowpowermode": "powermode", "powermode": "lowpowermode"}


def normalize(settings: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The settings as pmset takes and shows them.

    :raises ToolError: a name that pmset does not know, with the nearest one, or a value that it would refuse or bend
    """
    return {name: _value(name, value) for name, value in settings.items()}


def _value(name: str, value: t.Any) -> str:
    if name == "disablesleep":
        raise ToolError("disablesleep is an option of this module, beside settings: it holds for all power sources.")
    kind = KINDS.get(name)
    if kind is None:
        near = difflib.get_close_matches(str(name).lower(), sorted(KINDS), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ToolError(f"pmset has no setting {name}.{hint} The settings are: {', '.join(sorted(KINDS))}.")
    if kind is PATH:
        if not str(value).startswith("/"):
            raise ToolError(f"{name} has to be {kind.text}, not {value!r}.")
        return str(value)
    number = _number(value, kind)
    if number is None or not kind.least <= number <= kind.most or (kind.only and number not in kind.only):
        raise ToolError(f"{name} has to be {kind.text}, not {value!r}.")
    return str(number)


def _number(value: t.Any, kind: Kind) -> int | None:
    """Booleans count as numbers only where they say what they mean: yes and no of a switch, never for minutes."""
    if isinstance(value, bool):
        return int(value) if kind is SWITCH or not value else None
    if isinstance(value, int):
        return value
    word = str(value).strip().lower()
    if kind is SWITCH and word in YES + NO:
        return int(word in YES)
    return int(word) if word.isascii() and word.isdigit() else None
