"""The Mac's power settings on disk, and powerd's habit of applying them a moment later."""

from __future__ import annotations

import copy
import os
import plistlib
import time
from pathlib import Path
from typing import Any

PREFERENCES = "Library/Preferences/com.apple.PowerManagement.plist"
APPLIES_AFTER = 0.3  # seconds until powerd has taken a change over

AC, BATTERY, UPS = "AC Power", "Battery Power", "UPS Power"

# In the order that a Mac Studio (26.5.2) and a MacBook (26.x) print them: stable, never sorted.
_DESKTOP = {
    "Sleep On Power Button": 1, "autorestartatconnect": 0, "lowpowermode": 0, "standby": 0, "ttyskeepawake": 1,
    "powernap": 1, "displaysleep": 10, "womp": 1, "networkoversleep": 0, "sleep": 1, "tcpkeepalive": 1,
    "autorestart": 0, "disksleep": 10,
}  # fmt: skip
_LAPTOP_BATTERY = {
    "Sleep On Power Button": 1, "lowpowermode": 0, "standby": 1, "ttyskeepawake": 1, "hibernatemode": 3, "powernap": 1,
    "hibernatefile": "/var/vm/sleepimage", "displaysleep": 2, "womp": 0, "networkoversleep": 0, "sleep": 1,
    "lessbright": 1, "tcpkeepalive": 1, "disksleep": 10,
}  # fmt: skip
_LAPTOP_AC = {
    "Sleep On Power Button": 1, "lowpowermode": 0, "standby": 1, "ttyskeepawake": 1, "hibernatemode": 3, "powernap": 1,
    "hibernatefile": "/var/vm/sleepimage", "displaysleep": 10, "womp": 1, "networkoversleep": 0, "sleep": 1,
    "tcpkeepalive": 1, "disksleep": 10,
}  # fmt: skip


def factory_preferences(kind: str) -> dict[str, Any]:
    """``kind`` is desktop or laptop. The system-wide dictionary is empty until disablesleep is first used."""
    if kind == "desktop":
        return {"profiles": {AC: dict(_DESKTOP)}, "source": AC, "system": {}}
    if kind == "laptop":
        return {"profiles": {BATTERY: dict(_LAPTOP_BATTERY), AC: dict(_LAPTOP_AC)}, "source": AC, "system": {}}
    raise ValueError(f"no such kind of Mac: {kind}")


def write_preferences(root: Path, preferences: dict[str, Any]) -> None:
    path = root / PREFERENCES
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_bytes(plistlib.dumps(preferences, sort_keys=False))
    temporary.chmod(0o644)
    os.replace(temporary, path)


def _stored(root: Path) -> dict[str, Any]:
    stored: dict[str, Any] = plistlib.loads((root / PREFERENCES).read_bytes())
    return stored


def read_preferences(root: Path) -> dict[str, Any]:
    """What powerd has applied by now."""
    stored = _stored(root)
    if "before" in stored and time.time() < stored["applied at"]:
        before: dict[str, Any] = stored["before"]
        return before
    return {key: value for key, value in stored.items() if key not in ("before", "applied at")}


def change_preferences(root: Path, profiles: dict[str, dict[str, Any]], system: dict[str, int]) -> None:
    """Adds to what is stored, applied or not; readers see it when powerd has taken it over."""
    visible = read_preferences(root)
    stored = _stored(root)
    changed = copy.deepcopy({key: value for key, value in stored.items() if key not in ("before", "applied at")})
    for name, settings in profiles.items():
        changed["profiles"][name] |= settings
    changed["system"] |= system
    write_preferences(root, changed | {"before": visible, "applied at": time.time() + APPLIES_AFTER})
