"""pmset: its words go to stdout, its settings to powerd, which applies them when it gets round to it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from lab.mac import pmset_store, unknown
from lab.mac.tools import assertions

ROOT = Path("/")
USAGE = "Usage: pmset <options>\nSee pmset(1) for details: 'man pmset'"

_FLAGS = {"-a": None, "-b": pmset_store.BATTERY, "-c": pmset_store.AC, "-u": pmset_store.UPS}
_NUMBERS = {"displaysleep", "disksleep", "sleep", "standbydelay", "standbydelayhigh", "standbydelaylow",
            "highstandbythreshold", "autopoweroffdelay"}  # fmt: skip
_ONOFF = {"womp", "ring", "acwake", "autorestart", "autorestartatconnect", "lidwake", "lessbright", "halfdim", "sms",
          "standby", "powernap", "ttyskeepawake", "autopoweroff", "tcpkeepalive", "proximitywake", "networkoversleep",
          "gpuswitch", "lowpowermode", "powermode", "highpowermode"}  # fmt: skip
_MODES = {"lowpowermode": 1, "powermode": 2}
_SYSTEM_WIDE = {"disablesleep": "SleepDisabled", "destroyfvkeyonstandby": "DestroyFVKeyOnStandby"}
_CAPABILITIES = ("displaysleep", "disksleep", "sleep", "womp", "ring", "acwake", "autorestart", "autorestartatconnect",
                 "lidwake", "lessbright", "halfdim", "sms", "gpuswitch", "standby", "powernap", "ttyskeepawake",
                 "hibernatemode", "hibernatefile", "tcpkeepalive", "lowpowermode", "highpowermode")  # fmt: skip
_UNSIMULATED_READERS = """
    accps adapter assertionslog everything getters hid log powerstate pslog rawbatt rawlog stats sysload systemstate
    therm thermlog useractivity ups uuid
"""
_ASSERTIONS = """
    BackgroundTask ApplePushServiceTask UserIsActive PreventUserIdleDisplaySleep PreventSystemSleep ExternalMedia
    PreventUserIdleSystemSleep NetworkClientActive
"""
_TCP_WARNING = (
    "Warning: This option disables TCP Keep Alive mechanism when sytem is sleeping. "
    "This will result in some critical features like 'Find My Mac' not to function properly."
)


class Ended(Exception):
    """pmset stops here with this status; what there was to say has been printed."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _usage(*before: str) -> Ended:
    for line in before:
        print(line)
    print(USAGE)
    return Ended(1)


def main(arguments: list[str]) -> int:
    words = [argument.lower() for argument in arguments]
    try:
        return _run(words, arguments)
    except Ended as ended:
        return ended.status


def _run(words: list[str], arguments: list[str]) -> int:
    if not words:
        raise _usage()
    if words[0] == "-g":
        return _get(words[1:])
    if words[0] in ("schedule", "repeat", "relative"):
        return _schedule(words[0], arguments[1:])
    if words[0] == "restoredefaults":
        return _restore()
    if words[0] in ("sleepnow", "displaysleepnow", "touch", "noidle", "boot", "force"):
        unknown.refuse("pmset", " ".join(words))
    return _set(words)


# -- setting


def _set(words: list[str]) -> int:
    preferences = pmset_store.read_preferences(ROOT)
    profiles, system, warnings = _parse(words, preferences)
    if os.geteuid() != 0 and profiles:
        print("'pmset' must be run as root...")
        return 1
    if os.geteuid() != 0 and system:
        print("'pmset' must be run as root...")
        return 0
    for line in warnings:
        print(line)
    present = {name: _kept(settings, preferences["profiles"][name]) for name, settings in profiles.items()
               if name in preferences["profiles"]}  # fmt: skip
    _warn_about_timers(present, preferences)
    pmset_store.change_preferences(ROOT, present, system)
    return 0


def _kept(settings: dict[str, int], profile: dict[str, object]) -> dict[str, int]:
    """What this Mac does not have vanishes without a word; one name of the low power mode stands for the other."""
    kept = {}
    for key, value in settings.items():
        for shown in (key, {"lowpowermode": "powermode", "powermode": "lowpowermode"}.get(key, key)):
            if shown in profile:
                kept[shown] = value
                break
    return kept


def _parse(
    words: list[str], preferences: dict[str, Any]
) -> tuple[dict[str, dict[str, int]], dict[str, int], list[str]]:
    targets = list(preferences["profiles"])
    profiles: dict[str, dict[str, int]] = {}
    system: dict[str, int] = {}
    warnings: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        if word.startswith("-"):
            if word not in _FLAGS:
                raise _usage()
            name = _FLAGS[word]
            targets = list(preferences["profiles"]) if name is None else [name]
            position += 1
            continue
        if position + 1 >= len(words):
            raise _usage()
        value = _value(word, words[position + 1])
        position += 2
        if word in _SYSTEM_WIDE:
            system[_SYSTEM_WIDE[word]] = value
            continue
        if word == "tcpkeepalive" and value == 0:
            warnings.append(_TCP_WARNING)
        for target in targets:
            profiles.setdefault(target, {})[word] = value
    return profiles, system, warnings


def _value(key: str, text: str) -> int:
    if not text.isdigit():
        raise _usage()
    value = int(text)
    if key in _SYSTEM_WIDE:
        return int(bool(value))
    if key == "hibernatemode":
        if value not in (0, 3, 25):
            raise _usage()
        return value
    if key in _MODES:
        if value > _MODES[key]:
            raise _usage(f"Unsupported mode {value}")
        return value
    if key in _ONOFF:
        return int(bool(value))
    if key in _NUMBERS:
        return value
    raise _usage()


def _warn_about_timers(changes: dict[str, dict[str, int]], preferences: dict[str, Any]) -> None:
    for source, settings in changes.items():
        now = preferences["profiles"][source] | settings
        if not settings.keys() & {"sleep", "displaysleep", "disksleep"} or now["sleep"] == 0:
            continue
        lines = []
        if now["displaysleep"] == 0 or now["displaysleep"] > now["sleep"]:
            lines.append("- Display sleep should have a lower timeout than system sleep.")
        if now["disksleep"] == 0:
            lines.append("- Disk sleep should be non-zero whenever system sleep is non-zero.")
        if lines:
            print(f'Warning: Idle sleep timings for "{source}" may not behave as expected.', file=sys.stderr)
            print("\n".join(lines), file=sys.stderr)


def _restore() -> int:
    if os.geteuid() != 0:
        print("You're not privileged.")
        return 0
    kind = "laptop" if pmset_store.BATTERY in pmset_store.read_preferences(ROOT)["profiles"] else "desktop"
    pmset_store.change_preferences(ROOT, pmset_store.factory_preferences(kind)["profiles"], {})
    print("Restored Default settings.")
    return 0


def _schedule(verb: str, arguments: list[str]) -> int:
    if os.geteuid() != 0:
        repeating = verb == "repeat" or arguments[:1] == ["cancelall"]
        text = "Must be run as root to modify settings" if repeating else "This operation must be run as root"
        print(f"pmset: {text}", file=sys.stderr)
        return 1
    if arguments in (["cancel"], ["cancelall"]):
        return 0
    return unknown.refuse("pmset", f"{verb} {' '.join(arguments)}")


# -- reading


def _get(words: list[str]) -> int:
    if len(words) > 1:
        unknown.refuse("pmset", f"-g {' '.join(words)}")
    what = words[0] if words else "live"
    readers = {
        "live": _live,
        "custom": _custom,
        "disk": _custom,
        "cap": _cap,
        "ps": _power_source,
        "batt": _power_source,
        "sched": _scheduled,
        "assertions": _assertions,
    }
    if what in readers:
        readers[what](pmset_store.read_preferences(ROOT))
        return 0
    if what in _UNSIMULATED_READERS.split():
        unknown.refuse("pmset", f"-g {what}")
    raise _usage(f"Error: unhandled argument {what}")


def _line(key: str, value: object, suffix: str = "") -> None:
    print(f" {key:<20} {value}{suffix}")


def _custom(preferences: dict[str, Any]) -> None:
    for source, settings in preferences["profiles"].items():
        print(f"{source}:")
        for key, value in settings.items():
            _line(key, value)


def _live(preferences: dict[str, Any]) -> None:
    if preferences["system"]:
        print("System-wide power settings:")
        for key, value in preferences["system"].items():
            print(f" {key}\t\t{value}")
    print("Currently in use:")
    held = assertions.held()
    system = [a.name for a in held if a.keeps_system_awake]
    display = [a.name for a in held if a.keeps_display_awake]
    for key, value in preferences["profiles"][preferences["source"]].items():
        suffix = ""
        if key == "sleep" and system:
            suffix = f" (sleep prevented by {', '.join(system)})"
        elif key == "displaysleep" and display:
            suffix = f" (display sleep prevented by {', '.join(display)})"
        _line(key, value, suffix)


def _cap(preferences: dict[str, Any]) -> None:
    source = preferences["source"]
    print(f"Capabilities for {source}:")
    for key in _CAPABILITIES:
        if key in preferences["profiles"][source]:
            print(f" {key}")


def _power_source(preferences: dict[str, Any]) -> None:
    print(f"Now drawing from '{preferences['source']}'")
    if pmset_store.BATTERY in preferences["profiles"]:
        print(" -InternalBattery-0 (id=24313955)\t100%; charged; 0:00 remaining present: true")


def _scheduled(_preferences: dict[str, Any]) -> None:
    print("No scheduled events.")


def _assertions(_preferences: dict[str, Any]) -> None:
    held = assertions.held()
    print(time.strftime("%Y-%m-%d %H:%M:%S %z "))
    print("Assertion status system-wide:")
    for kind in _ASSERTIONS.split():
        print(f"   {kind:<30} {int(any(kind in assertion.kinds for assertion in held))}")
    if held:
        print("Listed by owning process:")
    for assertion in held:
        elapsed = int(time.time() - assertion.since)
        clock = f"{elapsed // 3600:02d}:{elapsed // 60 % 60:02d}:{elapsed % 60:02d}"
        for kind in assertion.kinds:
            print(
                f"   pid {assertion.pid}({assertion.name}): [0x{assertion.pid:016x}] {clock} {kind} "
                'named: "caffeinate command-line tool" '
            )
            print("\tDetails: caffeinate asserting forever")
            print("\tLocalized=THE CAFFEINATE TOOL IS PREVENTING SLEEP.")
    print("No kernel assertions.")
