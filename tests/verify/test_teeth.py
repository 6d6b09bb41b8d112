"""Each security check fails when its layer is taken away, and passes again when it is back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import checks, teeth
from .conftest import tailnet_addresses
from .lab_policy import everybody_may_connect
from .macs import Mac
from .table import REFUSED
from .test_converge import lab
from .vantage import Vantage

pytestmark = [pytest.mark.lab, pytest.mark.teeth]


def bites(check: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """The check fails now: what it guards was taken away."""
    with pytest.raises(AssertionError):
        check(*arguments, **options)


@pytest.fixture
def addresses(maca: Mac) -> tuple[str, str]:
    return tailnet_addresses(maca)


@pytest.fixture
def lan_addresses(maca: Mac) -> tuple[str, str]:
    return maca.access.address, f"fd99:0:0:1::{maca.access.address.rpartition('.')[2]}"


def test_the_source_rule_is_what_stops_a_neighbour_with_a_route(
    maca: Mac, client: Vantage, neighbour: Vantage, addresses: tuple[str, str], lan_addresses: tuple[str, str]
) -> None:
    with teeth.proxy_edited(maca, client, teeth.without_source_rule):
        for address, via in zip(addresses, lan_addresses, strict=True):
            bites(checks.neighbour_gets_nothing_by_route, neighbour, address, via)
    for address, via in zip(addresses, lan_addresses, strict=True):
        checks.neighbour_gets_nothing_by_route(neighbour, address, via)


def test_the_tailnet_s_policy_is_what_stops_the_stranger(stranger: Vantage, addresses: tuple[str, str]) -> None:
    with everybody_may_connect():
        teeth.wait_for("a way in for the stranger", lambda: stranger.ask(addresses[0], "GET", "/", 2).status == 200)
        bites(checks.gets_nothing, stranger, addresses)
    teeth.wait_for("the stranger's end", lambda: stranger.ask(addresses[0], "GET", "/", timeout=2).status is None)
    checks.gets_nothing(stranger, addresses)


def test_loopback_is_what_keeps_ollama_to_itself(maca: Mac, neighbour: Vantage, lan_addresses: tuple[str, str]) -> None:
    with teeth.ollama_at(maca, f"{lan_addresses[0]}:{checks.PORT}"):
        bites(checks.gets_nothing, neighbour, lan_addresses)
        bites(checks.ollama_listens_on_loopback_only, maca)
    checks.gets_nothing(neighbour, lan_addresses)
    checks.ollama_listens_on_loopback_only(maca)


def test_exact_matching_is_what_stops_longer_paths(maca: Mac, client: Vantage) -> None:
    longer = [case for case in REFUSED if "count_tokens" in case.name or "completions_x" in case.name]
    methods = [case for case in REFUSED if case.name.startswith("DELETE /v1/models")]
    with teeth.proxy_edited(maca, client, teeth.classic):
        for case in (*longer, *methods):
            bites(checks.refuses, client, maca.name, [case])
        # and with Host passed on, Ollama itself refuses the MagicDNS name
        bites(checks.chats, client, maca.name)
    checks.refuses(client, maca.name, [*longer, *methods])
    checks.chats(client, maca.name)


def test_a_secret_in_a_log_is_found(maca: Mac) -> None:
    secret = checks.lab_secrets()[0]
    path = "/Library/Logs/verify-teeth.log"
    maca.root_with(f"key {secret}\n", f"cat > {path}")
    try:
        bites(checks.holds_no_secret, maca, [secret])
    finally:
        maca.root.check_output("rm %s", path)
    checks.holds_no_secret(maca, [secret])


def test_somebody_at_the_console_is_seen(maca: Mac) -> None:
    lab("login", maca.name)
    try:
        bites(checks.nobody_sits_at, maca)
    finally:
        lab("logout", maca.name)
    checks.nobody_sits_at(maca)


def test_a_mac_that_may_sleep_is_seen(maca: Mac) -> None:
    maca.root.check_output("pmset -a sleep 10")
    try:
        bites(checks.stays_awake, maca, "sleep")
    finally:
        maca.root.check_output("pmset -a sleep 0")
    checks.stays_awake(maca, "sleep")
