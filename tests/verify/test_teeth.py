"""Each security check fails when its layer is taken away, and passes again when it is back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import checks, teeth
from .conftest import tailnet_addresses
from .lab_policy import everybody_may_connect
from .macs import Mac
from .table import MODEL, REFUSED
from .test_converge import lab
from .vantage import Vantage

pytestmark = [pytest.mark.lab, pytest.mark.teeth]


def bites(because: str, check: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """The check fails now, for this reason: what it guards was taken away."""
    with pytest.raises(AssertionError, match=because):
        check(*arguments, **options)


@pytest.fixture
def addresses(maca: Mac) -> tuple[str, str]:
    return tailnet_addresses(maca)


@pytest.fixture
def lan_addresses(maca: Mac) -> tuple[str, str]:
    return maca.lan()


def test_the_source_rule_is_what_stops_a_neighbour_with_a_route(
    maca: Mac, client: Vantage, neighbour: Vantage, addresses: tuple[str, str], lan_addresses: tuple[str, str]
) -> None:
    with teeth.proxy_edited(maca, client, teeth.without_source_rule):
        for address, via in zip(addresses, lan_addresses, strict=True):
            bites("got an answer", checks.neighbour_gets_nothing_by_route, neighbour, address, via)
    for address, via in zip(addresses, lan_addresses, strict=True):
        checks.neighbour_gets_nothing_by_route(neighbour, address, via)


def test_the_tailnet_s_policy_is_what_stops_the_stranger(stranger: Vantage, addresses: tuple[str, str]) -> None:
    with everybody_may_connect():
        teeth.wait_for("a way in for the stranger", lambda: stranger.ask(addresses[0], "GET", "/", 2).status == 200)
        bites("got an answer", checks.gets_nothing, stranger, addresses)
    teeth.wait_for("the stranger's end", lambda: stranger.ask(addresses[0], "GET", "/", timeout=2).status is None)
    checks.gets_nothing(stranger, addresses)


def test_loopback_is_what_keeps_ollama_to_itself(maca: Mac, neighbour: Vantage, lan_addresses: tuple[str, str]) -> None:
    with teeth.ollama_at(maca, f"{lan_addresses[0]}:{checks.PORT}"):
        bites("got an answer", checks.gets_nothing, neighbour, lan_addresses)
        bites("listens beyond loopback", checks.ollama_listens_on_loopback_only, maca)
    checks.gets_nothing(neighbour, lan_addresses)
    checks.ollama_listens_on_loopback_only(maca)


def test_exact_matching_is_what_stops_longer_paths_and_other_methods(maca: Mac, client: Vantage) -> None:
    names = ("POST /v1/messages/count_tokens", "POST /v1/chat/completions_x", f"DELETE /v1/models/{MODEL}")
    cases = [case for case in REFUSED if case.name in names]
    assert len(cases) == len(names)
    with teeth.proxy_edited(maca, client, teeth.by_prefixes):
        for case in cases:
            bites(r"HTTP/1.1 (404|405)", checks.refuses, client, maca.name, [case])
    checks.refuses(client, maca.name, cases)


def test_rewriting_host_is_what_lets_a_magicdns_name_through(maca: Mac, client: Vantage) -> None:
    with teeth.proxy_edited(maca, client, teeth.without_host_rule):
        bites("HTTP/1.1 403", checks.chats, client, maca.name)
    checks.chats(client, maca.name)


def test_a_secret_in_a_log_is_found(maca: Mac) -> None:
    secret = checks.lab_secrets()[0]
    path = "/Library/Logs/verify-teeth.log"
    maca.root_with(f"key {secret}\n", f"cat > {path}")
    try:
        bites("a secret is in " + path, checks.holds_no_secret, maca, [secret])
    finally:
        maca.root.check_output("rm %s", path)
    checks.holds_no_secret(maca, [secret])


def test_somebody_at_the_console_is_seen(maca: Mac) -> None:
    lab("login", maca.name)
    try:
        bites("admin is logged in", checks.nobody_sits_at, maca)
    finally:
        lab("logout", maca.name)
    checks.nobody_sits_at(maca)


def test_a_mac_that_may_sleep_is_seen(maca: Mac) -> None:
    teeth.sleeps_after(maca, 10)
    try:
        bites("sleep is 10", checks.stays_awake, maca, "sleep")
    finally:
        teeth.sleeps_after(maca, 0)
    checks.stays_awake(maca, "sleep")
