# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a node differs from what is wanted. Pure: nothing is run here."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from .status import NEEDS_LOGIN, STOPPED, Prefs, Status

# what an empty login server means
DEFAULT_SERVER = "https://controlplane.tailscale.com"
STARTING = ("", "NoState", "Starting")

LOGIN = "login"
REAUTH = "reauth"
CONNECT = "connect"
SET = "set"
DISCONNECT = "disconnect"


@dataclass(frozen=True)
class Wanted:
    """What the task asks for. Empty and None leave things as they are."""

    state: str = "up"
    login_server: str = ""
    hostname: str = ""
    tags: tuple[str, ...] = ()
    accept_dns: bool | None = None
    ssh: bool | None = None


@dataclass(frozen=True)
class Plan:
    """``steps`` in order; ``flags`` are the arguments of ``tailscale set``; ``mismatches`` need a new login."""

    steps: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)


def plan(status: Status, prefs: Prefs, wanted: Wanted) -> Plan:
    """Compare a node that is past its start with what is wanted."""
    if wanted.state == "down":
        return Plan([] if status.backend_state in (STOPPED, NEEDS_LOGIN) else [DISCONNECT])
    if needs_login(status):
        return Plan([LOGIN])
    flags = differing_flags(prefs, wanted)
    steps = [CONNECT] if not prefs.want_running or status.backend_state == STOPPED else []
    steps += [SET] if flags else []
    return Plan(steps, flags, mismatches(status, prefs, wanted))


def needs_login(status: Status) -> bool:
    return status.backend_state == NEEDS_LOGIN or (status.backend_state == STOPPED and not status.have_node_key)


def mismatches(status: Status, prefs: Prefs, wanted: Wanted) -> list[str]:
    """What only a new login can change, in words."""
    found = []
    if wanted.login_server and not same_server(wanted.login_server, prefs.control_url):
        found.append(
            f"its login server is {prefs.control_url or DEFAULT_SERVER}, not {wanted.login_server} (login_server)"
        )
    if wanted.tags and set(wanted.tags) != set(status.tags):
        found.append(f"its tags are {listed(status.tags)}, not {listed(wanted.tags)} (tags)")
    return found


def differing_flags(prefs: Prefs, wanted: Wanted) -> list[str]:
    """The arguments of ``tailscale set`` for the preferences that differ."""
    flags = []
    if wanted.hostname and wanted.hostname != prefs.hostname:
        flags.append(f"--hostname={wanted.hostname}")
    if wanted.accept_dns is not None and wanted.accept_dns is not prefs.accept_dns:
        flags.append(f"--accept-dns={str(wanted.accept_dns).lower()}")
    if wanted.ssh is not None and wanted.ssh is not prefs.ssh:
        flags.append(f"--ssh={str(wanted.ssh).lower()}")
    return flags


def login_flags(wanted: Wanted, key_file: str, seconds: float, advertise: bool, force: bool) -> list[str]:
    """The arguments of ``tailscale up`` for a login.

    ``--reset`` because a login that failed leaves its preferences behind, and ``up`` then refuses to go on without
    them.
    """
    flags = ["--reset", f"--timeout={max(1, round(seconds))}s", f"--auth-key=file:{key_file}"]
    if force:
        flags.append("--force-reauth")
    if wanted.login_server:
        flags.append(f"--login-server={wanted.login_server}")
    if wanted.hostname:
        flags.append(f"--hostname={wanted.hostname}")
    if wanted.tags and advertise:
        flags.append(f"--advertise-tags={','.join(wanted.tags)}")
    if wanted.accept_dns is not None:
        flags.append(f"--accept-dns={str(wanted.accept_dns).lower()}")
    if wanted.ssh is not None:
        flags.append(f"--ssh={str(wanted.ssh).lower()}")
    return flags


def keeping(wanted: Wanted, prefs: Prefs) -> Wanted:
    """What is wanted, and for the rest what a node that is logged in has: a new login would reset it."""
    return replace(
        wanted,
        login_server=wanted.login_server or prefs.control_url,
        hostname=wanted.hostname or prefs.hostname,
        accept_dns=prefs.accept_dns if wanted.accept_dns is None else wanted.accept_dns,
        ssh=prefs.ssh if wanted.ssh is None else wanted.ssh,
    )


def same_server(one: str, other: str) -> bool:
    return (one or DEFAULT_SERVER).rstrip("/").lower() == (other or DEFAULT_SERVER).rstrip("/").lower()


def listed(tags: t.Collection[str]) -> str:
    return ", ".join(sorted(tags)) or "none"
