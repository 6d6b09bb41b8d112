# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launchctl's numbers: what they mean, and what a person can do about them.

The list is the one of xpc's error table (``launchctl error N``); numbers below 107 are errno.
"""

from __future__ import annotations

import re

NO_SUCH_PROCESS = 3
INPUT_OUTPUT = 5
IN_PROGRESS = 36
ALREADY_IN_PROGRESS = 37
NO_DOMAIN = 112
NO_SERVICE = 113
DISABLED = 119
BAD_OWNERSHIP = 122
UNSUPPORTED_IN_DOMAIN = 125
NOT_RUNNABLE = 78

# bootstrap's answers while another bootstrap or bootout of the same label is under way, and when it is loaded already
RACES = (INPUT_OUTPUT, IN_PROGRESS, ALREADY_IN_PROGRESS)
# bootout's answers when there is nothing left to do, or when it is already being done
GONE_OR_GOING = (0, NO_SUCH_PROCESS, INPUT_OUTPUT, IN_PROGRESS, ALREADY_IN_PROGRESS, NO_SERVICE)

MEANINGS = {
    1: "Operation not permitted",
    2: "No such file or directory",
    3: "No such process",
    5: "Input/output error",
    13: "Permission denied",
    17: "File exists",
    22: "Invalid argument",
    36: "Operation now in progress",
    37: "Operation already in progress",
    64: "Usage error",
    109: "Invalid property list",
    110: "Invalid or missing service identifier",
    111: "Invalid or missing Program/ProgramArguments",
    112: "Could not find specified domain",
    113: "Could not find specified service",
    114: "The specified username does not exist",
    115: "The specified group does not exist",
    119: "Service is disabled",
    121: "Path not searched for services",
    122: "Path had bad ownership/permissions",
    124: "Domain is tearing down",
    125: "Domain does not support specified action",
    134: "Service cannot load in requested session",
    138: "Service cannot be loaded on this hardware",
    140: "Service name is reserved or invalid",
    146: "Domain is in on-demand-only mode",
    150: "Operation not permitted while System Integrity Protection is engaged",
    155: "Refusing to execute/trust quarantined program/file",
    159: "Sandbox restriction",
    161: "Service cannot be launched because of BTM policy",
}

ADVICE = {
    1: "Modifying the domain system needs root (become: true); another person's gui or user domain needs that person "
    "or "
    "root.",
    2: "The property list that launchd was given is not there.",
    5: "launchd says this for many things: a job of this label that is loaded or still ending, a property list that it "
    "does not accept, a disabled label, bad ownership, or, in the domain user, a property list without "
    "LimitLoadToSessionType [Background]. The log has the real reason: "
    "log show --last 5m --predicate 'process == \"launchd\"'",
    13: "Modifying the domain system needs root (become: true).",
    109: "Check it with plutil -lint.",
    110: "The property list needs a Label that is the service's name.",
    111: "The property list needs Program or ProgramArguments.",
    112: "A gui domain exists only while that person is logged in at the Mac's screen. Log the person in, or use "
    "domain: system with UserName in the property list, which needs no login.",
    114: "Create the account that UserName in the property list names first.",
    115: "Create the group that GroupName in the property list names first.",
    119: "An earlier launchctl disable (or Login Items in System Settings) keeps it from loading; set enabled: true.",
    122: "Property lists in /Library must belong to root:wheel, those in ~/Library/LaunchAgents to their person, and "
    "nobody "
    "else may write to them: mode 0644.",
    124: "The person is logging out or the Mac is shutting down.",
    125: "A gui domain exists only while that person is logged in at the Mac's screen. Log the person in, or use "
    "domain: system with UserName in the property list, which needs no login.",
    134: "LimitLoadToSessionType in the property list does not name this domain's session (Aqua for gui, Background "
    "for "
    "user).",
    146: "The gui domain starts nothing by itself just now (a pending update, a cancelled logout, a locked screen). "
    "domain: system has no such mode.",
    150: "A part of macOS that System Integrity Protection guards cannot be changed.",
    155: "The program was downloaded and is quarantined: xattr -d com.apple.quarantine on it.",
    161: "Background Task Management vetoes it: allow it under Login Items in System Settings.",
}


def meaning(number: int) -> str:
    """The text of ``launchctl error N``, or an empty string for a number that is not in the list."""
    return MEANINGS.get(number, "")


def explain(number: int) -> str:
    """One or two sentences for an error message: the number, what it means and what to do."""
    text = meaning(number)
    if not text:
        return f"launchctl's exit status {number} has no meaning known to this module; see launchctl error {number}."
    advice = ADVICE.get(number, "")
    return f"{number} means: {text}. {advice}".rstrip()


def number_in(text: str, rc: int) -> int:
    """The number of the real error: the one in the message where there is one, else the exit status.

    >>> number_in("Could not print domain: 125: Domain does not support specified action", 1)
    125
    """
    found = re.search(r": (\d+): ", text)
    return int(found.group(1)) if found else rc
