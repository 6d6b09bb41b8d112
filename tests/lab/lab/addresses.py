"""Who is who on the lab's network."""

from __future__ import annotations

import dataclasses
import string

from lab.errors import LabError

CONTROL, LAPTOP, CLIENT, STRANGER, NEIGHBOUR = LINUX_HOSTS = ("control", "laptop", "client", "stranger", "neighbour")
# from the start; Macs join by what is deployed on them
IN_TAILNET = (CLIENT, STRANGER)
REGISTRY_NAMES = ("registry.ollama.ai", "registry.lab")
CDN_NAME = "cdn.lab"
PREFIX4, PREFIX6 = 24, 64
MOST_MACS = 26
_FIRST_MAC = 11


@dataclasses.dataclass(frozen=True)
class Address:
    """A host's two addresses on the LAN; both end in the same number, as typed."""

    number: int

    @property
    def v4(self) -> str:
        return f"10.99.0.{self.number}"

    @property
    def v6(self) -> str:
        return f"fd99:0:0:1::{self.number}"


GATEWAY = Address(1)
CDN = Address(6)


def mac_names(count: int) -> list[str]:
    """maca, macb, and so on."""
    if not 1 <= count <= MOST_MACS:
        raise LabError(f"the lab has 1 to {MOST_MACS} Macs, not {count}")
    return [f"mac{letter}" for letter in string.ascii_lowercase[:count]]


def is_mac(name: str) -> bool:
    return name in mac_names(MOST_MACS)


def address_of(name: str) -> Address:
    if name in LINUX_HOSTS:
        return Address(1 + LINUX_HOSTS.index(name))
    if is_mac(name):
        return Address(_FIRST_MAC + mac_names(MOST_MACS).index(name))
    raise LabError(f"no host of the lab is named {name}: it has {', '.join(LINUX_HOSTS)} and maca, macb, …")


def public_names() -> dict[str, str]:
    """What every host of the lab, Mac or not, finds under names of the internet."""
    return {**dict.fromkeys(REGISTRY_NAMES, GATEWAY.v4), CDN_NAME: CDN.v4}
