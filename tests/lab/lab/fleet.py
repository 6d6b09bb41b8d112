"""The whole lab as one object: what `lab up`, `lab down` and the other commands do."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from lab import addresses, keys, leftovers, machine
from lab.errors import LabError
from lab.hosts import kernel
from lab.hosts.host import Host
from lab.hosts.linux import LinuxHost
from lab.hosts.mac import Mac
from lab.hosts.plan import Service
from lab.keys import Keys
from lab.mac import userland
from lab.network import cuts, switch
from lab.programs.build import Built, build_all
from lab.programs.cache import Cache
from lab.progress import Progress
from lab.settings import HOSTS, STATE, USERLAND, cache
from lab.tailnet.headscale import Headscale
from lab.tailnet.node import Node

DEFAULT_MACS = 2


class NotHere(LabError):
    """The machine lacks what the lab needs; one line for each thing."""


def host(name: str) -> Host:
    addresses.address_of(name)
    return Mac(name) if addresses.is_mac(name) else LinuxHost(name)


def mac(name: str) -> Mac:
    if not addresses.is_mac(name):
        raise LabError(f"{name} is no Mac of the lab: they are named maca, macb, …")
    found = Mac(name)
    if not found.upper.exists():
        raise LabError(f"{name} is not in the lab now: {', '.join(names()) or 'it is down'}")
    return found


def names() -> list[str]:
    """The hosts of the lab as it is now."""
    order = [*addresses.LINUX_HOSTS, *addresses.mac_names(addresses.MOST_MACS)]
    return [name for name in order if (HOSTS / name / "plan.json").exists()]


def build(progress: Progress) -> Built:
    return build_all(Cache(cache()), progress)


def check_machine() -> None:
    if lines := machine.missing():
        raise NotHere("\n".join(lines))


def up(macs: int, progress: Progress) -> None:
    """Brings up what is not up yet. Nothing that runs is touched."""
    wanted = addresses.mac_names(macs)
    check_machine()
    built = build(progress)
    _mount_state()
    secrets = keys.ensure(HOSTS / addresses.CONTROL / "registry.pem")
    _build_userland()
    switch.ensure_switch()
    lab = _Lab(built, secrets)
    for name in (*addresses.LINUX_HOSTS, *wanted):
        switch.ensure_cable(name)
    starts: list[Callable[[], None]] = [lambda: lab.start_tailnet(progress)]
    starts += [_starter(lab, name, progress) for name in wanted]
    _side_by_side(starts)


def _starter(lab: _Lab, name: str, progress: Progress) -> Callable[[], None]:
    return lambda: lab.start_mac(name, progress)


def down() -> None:
    leftovers.remove()


def erase(name: str, progress: Progress) -> None:
    built = build(progress)
    secrets = keys.ensure(HOSTS / addresses.CONTROL / "registry.pem")
    mac(name).erase(secrets, built)
    _Lab(built, secrets).headscale.forget(name)


def heal(name: str) -> None:
    cuts.heal(name)


class _Lab:
    def __init__(self, built: Built, secrets: Keys) -> None:
        self._built = built
        self._secrets = secrets
        self._control = LinuxHost(addresses.CONTROL)
        self.headscale = Headscale(self._control, built.headscale)

    def start_mac(self, name: str, progress: Progress) -> None:
        with progress.step(f"Start {name}"):
            started = Mac(name)
            if started.pid1() is None or not started.is_supervised():
                started.prepare(self._secrets, self._built)
            started.ensure_running()

    def start_tailnet(self, progress: Progress) -> None:
        """control first, for the others join there."""
        with progress.step("Start control, laptop and neighbour"):
            self._control.prepare(
                self._secrets,
                services=[self.headscale.service(), self._registry()],
                path=[self._built.headscale / "bin"],
                environment=self.headscale.environment,
            )
            plain = [LinuxHost(name) for name in (addresses.LAPTOP, addresses.NEIGHBOUR)]
            for each in plain:
                each.prepare(self._secrets)
            _side_by_side([each.ensure_running for each in (self._control, *plain)])
            self.headscale.wait_until_ready()
            self.headscale.ensure_keys()
        _side_by_side(
            [
                lambda: self._start_node(addresses.CLIENT, progress),
                lambda: self._start_node(addresses.STRANGER, progress),
            ]
        )

    def _start_node(self, name: str, progress: Progress) -> None:
        with progress.step(f"Start {name} in the tailnet"):
            joining = LinuxHost(name)
            node = Node(joining, self._built.tailscale, f"{name}.key")
            joining.prepare(self._secrets, services=[node.service()], path=[node.path])
            joining.ensure_running()
            node.join()

    def _registry(self) -> Service:
        own = self._control.own
        ends = [end for address in (addresses.GATEWAY, addresses.CDN) for end in (address.v4, address.v6)]
        argv = [
            sys.executable, "-m", "lab.registry.server", "--root", str(self._built.models),
            "--certificate", str(own / "registry.pem"), "--cdn", addresses.CDN_NAME, *ends,
        ]  # fmt: skip
        return Service("registry", argv)


def _mount_state() -> None:
    if STATE in leftovers.mounts():
        return
    STATE.mkdir(mode=0o755, exist_ok=True)
    kernel.mount("remote_ollama_lab", STATE, "tmpfs", kernel.NO_DEV, "mode=0755")
    HOSTS.mkdir()


def _build_userland() -> None:
    if USERLAND.exists():
        return
    partial = USERLAND.with_suffix(".partial")
    userland.build(partial / "bin", partial / "sbin")
    partial.rename(USERLAND)


def _side_by_side(actions: Iterable[Callable[[], None]]) -> None:
    """Runs them all to their ends, then raises what the first of them raised."""
    with ThreadPoolExecutor(max_workers=32) as threads:
        futures = [threads.submit(action) for action in actions]
    for future in futures:
        future.result()


@dataclasses.dataclass(frozen=True)
class Status:
    """A line of `lab status`."""

    name: str
    power: str
    lan: str
    user: str
    cut: str


def status() -> list[Status]:
    lines = []
    for name in names():
        each = host(name)
        ready = each.is_ready()
        power = "on" if ready else "starting" if each.pid1() else "off"
        user = each.console_user() if isinstance(each, Mac) and ready else ""
        cut = ", ".join(cuts.networks_cut(name)) if isinstance(each, Mac) else ""
        lines.append(Status(name, power, addresses.address_of(name).v4, user, cut))
    return lines
