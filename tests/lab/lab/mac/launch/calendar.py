"""StartCalendarInterval: which minute is the next one."""

from __future__ import annotations

import datetime
from typing import Any

_KEYS = {"Minute", "Hour", "Day", "Weekday", "Month"}
_SEARCHED_DAYS = 366 * 8


def entries(value: Any) -> list[dict[str, int]]:
    """A dictionary or a list of them; a missing key is a wildcard."""
    found = value if isinstance(value, list) else [value]
    return [{key: entry[key] for key in entry if key in _KEYS} for entry in found]


def seconds_until_next(wanted: list[dict[str, int]], now: datetime.datetime | None = None) -> float:
    now = now or datetime.datetime.now()
    return min((_next(entry, now) - now).total_seconds() for entry in wanted)


def _next(entry: dict[str, int], now: datetime.datetime) -> datetime.datetime:
    minute = now.replace(second=0, microsecond=0) + datetime.timedelta(minutes=1)
    for offset in range(_SEARCHED_DAYS):
        day = minute.date() + datetime.timedelta(days=offset)
        if not _day_matches(entry, day):
            continue
        for hour in [entry["Hour"]] if "Hour" in entry else range(24):
            for at in [entry["Minute"]] if "Minute" in entry else range(60):
                candidate = datetime.datetime.combine(day, datetime.time(hour, at))
                if candidate >= minute:
                    return candidate
    raise ValueError(f"no day ever matches {entry}")


def _day_matches(entry: dict[str, int], day: datetime.date) -> bool:
    if "Month" in entry and entry["Month"] != day.month:
        return False
    if "Day" not in entry and "Weekday" not in entry:
        return True
    # As in crontab(5): with both given, either is enough.
    by_day = "Day" in entry and entry["Day"] == day.day
    by_weekday = "Weekday" in entry and entry["Weekday"] % 7 == day.isoweekday() % 7
    return by_day or by_weekday
