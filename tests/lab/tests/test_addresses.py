from __future__ import annotations

import pytest
from lab import addresses
from lab.errors import LabError
from lab.network import switch


def test_hosts_have_the_addresses_that_everybody_counts_on() -> None:
    assert addresses.address_of("control").v4 == addresses.GATEWAY.v4 == "10.99.0.1"
    assert addresses.address_of("neighbour").v4 == "10.99.0.5"
    assert addresses.address_of("maca").v4 == "10.99.0.11"
    assert addresses.address_of("macc").v6 == "fd99:0:0:1::13"


def test_no_two_hosts_share_an_address() -> None:
    names = [*addresses.LINUX_HOSTS, *addresses.mac_names(addresses.MOST_MACS)]
    numbers = [addresses.address_of(name).number for name in names] + [addresses.CDN.number]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("count", [0, 27])
def test_a_fleet_has_a_size(count: int) -> None:
    with pytest.raises(LabError, match="1 to 26"):
        addresses.mac_names(count)


def test_an_unknown_host_is_named() -> None:
    with pytest.raises(LabError, match="studio"):
        addresses.address_of("studio")


def test_control_has_the_content_network_s_address_too_and_no_way_out() -> None:
    lines = switch.configuration("control")["-4"]
    assert "addr add 10.99.0.6/24 dev eth0" in lines
    assert not any("default via" in line for line in lines)


def test_everybody_else_has_a_default_route_for_both_families() -> None:
    lines = switch.configuration("maca")
    assert "route replace default via 10.99.0.1" in lines["-4"]
    assert "route replace default via fd99:0:0:1::1 dev eth0" in lines["-6"]
