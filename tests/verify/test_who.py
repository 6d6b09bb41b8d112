"""Layer 1: who may connect. From the client, the stranger and the neighbour."""

from __future__ import annotations

import pytest

from . import checks
from .macs import Mac
from .vantage import Attempt, Vantage

pytestmark = pytest.mark.lab


def test_the_mac_is_tagged_and_never_expires(mac: Mac) -> None:
    status = mac.tailscale()
    assert status["BackendState"] == "Running"
    assert status["Self"]["Tags"] == ["tag:llm"]
    # headscale gives a tagged node the zero time, Tailscale leaves it out
    assert status["Self"].get("KeyExpiry", "0001-01-01T00:00:00Z").startswith("0001-")


def test_the_client_reaches_the_mac_by_its_name(mac: Mac, client: Vantage) -> None:
    found = client.ask(mac.name, "GET", "/v1/models")
    assert found.status == 200, found


def test_the_client_reaches_the_mac_by_its_full_name(mac: Mac, client: Vantage) -> None:
    found = client.ask(mac.tailscale()["Self"]["DNSName"].rstrip("."), "GET", "/v1/models")
    assert found.status == 200, found


@pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
def test_the_client_reaches_the_mac_by_its_tailnet_address(
    client: Vantage, tailnet: tuple[str, str], family: int
) -> None:
    found = client.ask(tailnet[family], "GET", "/v1/models")
    assert found.status == 200, found


def test_the_client_gets_nothing_by_the_lan(client: Vantage, lan: tuple[str, str]) -> None:
    checks.gets_nothing(client, lan)


def test_the_stranger_gets_nothing(mac: Mac, stranger: Vantage, tailnet: tuple[str, str], lan: tuple[str, str]) -> None:
    checks.gets_nothing(stranger, [mac.name, *tailnet, *lan])


def test_the_neighbour_gets_nothing(
    mac: Mac, neighbour: Vantage, tailnet: tuple[str, str], lan: tuple[str, str]
) -> None:
    checks.gets_nothing(neighbour, [mac.name, f"{mac.name}.local", *tailnet, *lan])


@pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
def test_the_neighbour_gets_nothing_by_a_route_of_its_own(
    neighbour: Vantage, tailnet: tuple[str, str], lan: tuple[str, str], family: int
) -> None:
    """The kernel takes a packet for any of its addresses from any interface: only the proxy's source rule helps."""
    checks.neighbour_gets_nothing_by_route(neighbour, tailnet[family], lan[family])


@pytest.mark.parametrize("family", [0, 1], ids=["ipv4", "ipv6"])
def test_the_neighbour_gets_nothing_by_the_client_s_address(
    neighbour: Vantage,
    tailnet: tuple[str, str],
    lan: tuple[str, str],
    client_tailnet: tuple[str, str],
    family: int,
) -> None:
    """A packet that pretends to come from the client gets no further than its SYN: the answer leaves by the tunnel."""
    with neighbour.own(client_tailnet[family]):
        checks.neighbour_gets_nothing_by_route(neighbour, tailnet[family], lan[family], source=client_tailnet[family])


def test_the_client_reaches_no_other_port_by_the_tailnet(client: Vantage, tailnet: tuple[str, str]) -> None:
    ports = (22, 80, 443, 8080, 11435)
    attempts = [Attempt(address, "", port, checks.PATIENCE) for address in tailnet for port in ports]
    for attempt, found in zip(attempts, client.attempt(attempts), strict=True):
        assert found.how in {"silent", "refused", "unreachable"}, f"{attempt}: {found}"


def test_nobody_is_logged_in_at_the_console(mac: Mac) -> None:
    checks.nobody_sits_at(mac)
    session = mac.user.run("launchctl print gui/501")
    assert session.rc in {112, 125}, session


def test_no_other_way_in_is_open(mac: Mac) -> None:
    """Neither Serve nor Funnel publishes anything."""
    tailscale = "$([ -x /opt/homebrew/bin/tailscale ] && echo /opt/homebrew || echo /usr/local)/bin/tailscale"
    served = mac.root.check_output(f"{tailscale} serve status --json").strip()
    assert served in {"", "{}", "null"}, served
