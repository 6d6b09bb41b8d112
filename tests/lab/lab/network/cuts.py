"""Networks taken away from a host at the switch, where nothing on the host can know it or undo it."""

from __future__ import annotations

import enum
import json

from lab import addresses
from lab.command import run
from lab.network import switch
from lab.settings import SWITCH

_TABLE = "cuts"


class Network(enum.StrEnum):
    """What can be taken away."""

    LAN = "lan"
    TAILNET = "tailnet"
    REGISTRY = "registry"


def _rules(host: str, network: Network) -> list[str]:
    """What the switch no longer forwards, either way."""
    cable = switch.port(host)
    if network is Network.TAILNET:
        # The coordination server and its relay, and every packet between peers.
        return [
            f"iifname {cable} meta l4proto udp drop",
            f"oifname {cable} meta l4proto udp drop",
            f"iifname {cable} ip daddr {addresses.GATEWAY.v4} tcp dport {{ 80, 8080 }} drop",
            f"iifname {cable} ip6 daddr {addresses.GATEWAY.v6} tcp dport {{ 80, 8080 }} drop",
        ]
    servers4 = f"{{ {addresses.GATEWAY.v4}, {addresses.CDN.v4} }}"
    servers6 = f"{{ {addresses.GATEWAY.v6}, {addresses.CDN.v6} }}"
    return [
        f"iifname {cable} ip daddr {servers4} tcp dport 443 drop",
        f"iifname {cable} ip6 daddr {servers6} tcp dport 443 drop",
    ]


def _nft(script: str) -> None:
    run(["ip", "netns", "exec", SWITCH, "nft", "--file", "-"], text=script)


def _chains() -> set[str]:
    listing = json.loads(run(["ip", "netns", "exec", SWITCH, "nft", "--json", "list", "chains", "bridge"]).stdout)
    return {entry["chain"]["name"] for entry in listing["nftables"] if "chain" in entry}


def _chain(host: str, network: Network) -> str:
    return f"{host}_{network}"


def cut(host: str, network: Network) -> None:
    if network is Network.LAN:
        run(["ip", "-netns", SWITCH, "link", "set", switch.port(host), "down"])
        return
    chain = f"bridge {_TABLE} {_chain(host, network)}"
    lines = [f"add table bridge {_TABLE}"]
    lines += [f"add chain {chain} {{ type filter hook forward priority filter; }}", f"flush chain {chain}"]
    lines += [f"add rule {chain} {rule}" for rule in _rules(host, network)]
    _nft("\n".join(lines))


def heal(host: str) -> None:
    """Gives everything back."""
    run(["ip", "-netns", SWITCH, "link", "set", switch.port(host), "up"])
    chains = [_chain(host, network) for network in networks_cut(host)]
    _nft("\n".join(f"delete chain bridge {_TABLE} {chain}" for chain in chains))


def networks_cut(host: str) -> list[Network]:
    """As the switch itself tells."""
    found = []
    link = json.loads(run(["ip", "-json", "-netns", SWITCH, "link", "show", switch.port(host)]).stdout)[0]
    if "UP" not in link["flags"]:
        found.append(Network.LAN)
    chains = _chains()
    return found + [network for network in Network if _chain(host, network) in chains]
