# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what tailscale prints: ``status --json`` and ``debug prefs``."""

from __future__ import annotations

import ipaddress
import json
import typing as t
from dataclasses import dataclass

RUNNING = "Running"
NEEDS_LOGIN = "NeedsLogin"
NEEDS_APPROVAL = "NeedsMachineAuth"
STOPPED = "Stopped"


@dataclass(frozen=True)
class Status:
    """The node. Addresses: the IPv4 one first. ``dns_name`` without the trailing dot."""

    backend_state: str
    have_node_key: bool = False
    addresses: tuple[str, ...] = ()
    dns_name: str = ""
    tags: tuple[str, ...] = ()
    health: tuple[str, ...] = ()

    @property
    def up(self) -> bool:
        return self.backend_state == RUNNING and bool(self.addresses)


@dataclass(frozen=True)
class Prefs:
    """The preferences that this collection manages."""

    control_url: str
    hostname: str
    accept_dns: bool
    ssh: bool
    tags: tuple[str, ...]
    want_running: bool
    logged_out: bool


def parse_status(text: str) -> Status | None:
    """None when it is no JSON object with a BackendState: the CLI of the app reports errors on stdout with exit
    status 0."""
    data = _object(text)
    if data is None or not isinstance(data.get("BackendState"), str):
        return None
    own = data.get("Self") or {}
    addresses = [str(address) for address in data.get("TailscaleIPs") or ()]
    return Status(
        backend_state=data["BackendState"],
        have_node_key=bool(data.get("HaveNodeKey")),
        addresses=tuple(sorted(addresses, key=lambda address: ipaddress.ip_address(address).version)),
        dns_name=str(own.get("DNSName") or "").rstrip("."),
        tags=tuple(own.get("Tags") or ()),
        health=tuple(str(line) for line in data.get("Health") or ()),
    )


def parse_prefs(text: str) -> Prefs | None:
    data = _object(text)
    if data is None or "WantRunning" not in data:
        return None
    return Prefs(
        control_url=str(data.get("ControlURL") or ""),
        hostname=str(data.get("Hostname") or ""),
        accept_dns=bool(data.get("CorpDNS")),
        ssh=bool(data.get("RunSSH")),
        tags=tuple(data.get("AdvertiseTags") or ()),
        want_running=bool(data.get("WantRunning")),
        logged_out=bool(data.get("LoggedOut")),
    )


def _object(text: str) -> dict[str, t.Any] | None:
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
