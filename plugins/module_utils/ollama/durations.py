# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a model stays in memory (keep_alive), by Ollama's rules."""

from __future__ import annotations

import math
import re
import typing as t
from datetime import datetime, timezone

from ..command import ToolError

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
TERM = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
FOREVER = "forever"
# Ollama's "for ever" is the largest duration of Go, 292 years
LAST_YEAR = 2200


def normalize(value: t.Any) -> int | str | None:
    """keep_alive as the API takes it: seconds as a number, or a Go duration such as 24h.

    :raises ToolError: Ollama would not take it
    """
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ToolError(f"keep_alive has to be seconds or a duration such as 24h, not {value!r}.")
    text = str(value).strip()
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    seconds(text)
    return text


def seconds(value: int | str) -> float:
    """The span in seconds, infinite for a negative one."""
    if isinstance(value, int):
        return math.inf if value < 0 else float(value)
    text = value.lstrip("+-")
    terms = TERM.findall(text)
    if not terms or "".join(number + unit for number, unit in terms) != text:
        raise ToolError(f"keep_alive has to be seconds or a duration such as 24h, 90m or -1, not {value!r}.")
    return math.inf if value.startswith("-") else sum(float(number) * UNITS[unit] for number, unit in terms)


def remaining(expires_at: str, now: datetime) -> float:
    """Seconds until a time that /api/ps shows, infinite for Ollama's "for ever"."""
    if int(expires_at[:4]) >= LAST_YEAR:
        return math.inf
    return (moment(expires_at) - now).total_seconds()


def moment(text: str) -> datetime:
    """A time as Go writes it, with up to nine digits of a second, which Python 3.9 cannot read."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    if found is None:
        raise ToolError(f"Ollama gave a time that cannot be read: {text!r}.")
    base, fraction, zone = found.groups()
    parsed = datetime.fromisoformat(base + ("+00:00" if zone == "Z" else zone))
    return parsed.replace(microsecond=int(((fraction or "")[1:] + "000000")[:6]))


def until(expires_at: str) -> str:
    """For people: the time in UTC to the second, or "forever"."""
    if int(expires_at[:4]) >= LAST_YEAR:
        return FOREVER
    return moment(expires_at).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
