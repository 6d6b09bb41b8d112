"""systemsetup: the old front of pmset and of Remote Login."""

from __future__ import annotations

import os
from pathlib import Path

from lab.mac import client, pmset_store, unknown


def main(arguments: list[str]) -> int:
    if os.geteuid() != 0:
        print("You need administrator access to run this tool... exiting!")
        return 0
    verb = arguments[0].lower() if arguments else ""
    if verb == "-getremotelogin" and len(arguments) == 1:
        answer = client.request(client.SOCKET, {"op": "print-disabled", "domain": "system"})
        off = '"com.openssh.sshd" => disabled' in answer["text"]
        print(f"Remote Login: {'Off' if off else 'On'}")
        return 0
    if verb == "-setremotelogin":
        print("setremotelogin: Turning Remote Login on or off requires Full Disk Access privileges.")
        return 1
    if verb == "-getrestartpowerfailure" and len(arguments) == 1:
        print(f"Restart After Power Failure: {'On' if _setting('autorestart') else 'Off'}")
        return 0
    if verb == "-setrestartpowerfailure" and arguments[1:] in (["on"], ["off"]):
        pmset_store.change_preferences(Path("/"), {pmset_store.AC: {"autorestart": int(arguments[1] == "on")}}, {})
        print(f"setrestartpowerfailure: {arguments[1].capitalize()}")
        return 0
    if verb == "-getcomputersleep" and len(arguments) == 1:
        minutes = _setting("sleep")
        print(f"Computer Sleep: {f'after {minutes} minutes' if minutes else 'Never'}")
        return 0
    return unknown.refuse("systemsetup", " ".join(arguments))


def _setting(name: str) -> int:
    return int(pmset_store.read_preferences(Path("/"))["profiles"][pmset_store.AC].get(name, 0))
