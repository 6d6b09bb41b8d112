"""socketfilterfw: the application firewall's switches. It filters nothing here."""

from __future__ import annotations

import os
import plistlib
from pathlib import Path

from lab.mac import unknown

_STATE = Path("/Library/Preferences/com.apple.networkextension.firewall.plist")
_DEFAULTS = {"globalstate": False, "stealthmode": False, "blockall": False}


def main(arguments: list[str]) -> int:
    state = {**_DEFAULTS, **(plistlib.loads(_STATE.read_bytes()) if _STATE.exists() else {})}
    verb = arguments[0].lstrip("-") if arguments else ""
    if len(arguments) == 1 and verb.startswith("get"):
        texts = {
            "getglobalstate": _global(state),
            "getstealthmode": f"Firewall stealth mode is {'on' if state['stealthmode'] else 'off'}",
            "getblockall": f"Firewall has block all state set to {'enabled' if state['blockall'] else 'disabled'}.",
            "getallowsigned": "Automatically allow built-in signed software ENABLED.\n"
            "Automatically allow downloaded signed software ENABLED.",
        }
        if verb in texts:
            print(texts[verb])
            return 0
    if verb.removeprefix("set") in _DEFAULTS and verb.startswith("set") and arguments[1:] in (["on"], ["off"]):
        if os.geteuid() != 0:
            print("Must be root to change settings.")
            return 255
        state[verb.removeprefix("set")] = arguments[1] == "on"
        _STATE.write_bytes(plistlib.dumps(state))
        return main([f"--get{verb.removeprefix('set')}"])
    if arguments == ["--listapps"]:
        print("Total number of apps = 0 ")
        return 0
    return unknown.refuse("socketfilterfw", " ".join(arguments))


def _global(state: dict[str, bool]) -> str:
    if not state["globalstate"]:
        return "Firewall is disabled. (State = 0)"
    return f"Firewall is enabled. (State = {2 if state['blockall'] else 1})"
