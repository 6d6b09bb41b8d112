# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Mac's accounts."""

from __future__ import annotations

import os
import pwd
import typing as t

# below 500 accounts are hidden; Apple uses up to about 300
SERVICE_IDS = range(300, 500)


def login_account(uid: int, environment: t.Mapping[str, str]) -> pwd.struct_passwd:
    """Who Ansible logged in as: below sudo, who called it."""
    if uid == 0 and environment.get("SUDO_USER"):
        try:
            return pwd.getpwnam(environment["SUDO_USER"])
        except KeyError:
            pass  # an account that went away during the play: the process's own is the truth that is left
    return pwd.getpwuid(uid)


def free_service_id(uids: t.Collection[int], gids: t.Collection[int]) -> int | None:
    """A number that is free as uid and as gid, for a hidden service account."""
    return next((number for number in SERVICE_IDS if number not in uids and number not in gids), None)


def console_uid(device: str = "/dev/console") -> int:
    """Who is logged in at the screen, 0 at the login window."""
    try:
        return os.stat(device).st_uid
    except FileNotFoundError:
        return 0
