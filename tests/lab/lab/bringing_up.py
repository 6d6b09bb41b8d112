"""What `lab up` and `lab erase` do: apart from the rest, because the builds import numpy and more."""

from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import addresses, fleet, keys, leftovers
from lab.hosts import kernel
from lab.hosts.linux import LinuxHost
from lab.hosts.mac import Mac
from lab.hosts.plan import Service
from lab.keys import Keys
from lab.mac import userland
from lab.network import switch
from lab.programs.build import Built, build_all
from lab.programs.cache import Cache
from lab.progress import Progress
from lab.settings import HOSTS, STATE, USERLAND, cache
from lab.tailnet.headscale import Headscale
from lab.tailnet.node import Node


def up(macs: int, progress: Progress) -> None:
    """Brings up what is not up yet. Nothing that runs is touched."""
    wanted = addresses.mac_names(macs)
    built = build_all(Cache(cache()), progress)
    _mount_state()
    secrets = keys.ensure(_registry_certificate())
    _build_userland()
    switch.ensure_switch()
    for name in (*addresses.LINUX_HOSTS, *wanted):
        switch.ensure_cable(name)
    lab = _Lab(built, secrets, progress)
    _side_by_side([lab.start_tailnet, *(functools.partial(lab.start_mac, name) for name in wanted)])


def erase(name: str, progress: Progress) -> None:
    """Gives a Mac a new disk. The tailnet forgets the old one."""
    built = build_all(Cache(cache()), progress)
    secrets = keys.ensure(_registry_certificate())
    fleet.mac(name).erase(secrets, built)
    _Lab(built, secrets, progress).headscale.forget(name)


def _registry_certificate() -> Path:
    return HOSTS / addresses.CONTROL / "registry.pem"


class _Lab:
    def __init__(self, built: Built, secrets: Keys, progress: Progress) -> None:
        self._progress = progress
        self._built = built
        self._secrets = secrets
        self._control = LinuxHost(addresses.CONTROL)
        self.headscale = Headscale(self._control, built.headscale)

    def start_mac(self, name: str) -> None:
        with self._progress.step(f"Start {name}"):
            started = Mac(name)
            if started.pid1() is None or not started.is_supervised():
                started.prepare(self._secrets, self._built)
            started.ensure_running()

    def start_tailnet(self) -> None:
        """control first, for the others join there."""
        with self._progress.step("Start control, laptop and neighbour"):
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
                lambda: self._start_node(addresses.CLIENT),
                lambda: self._start_node(addresses.STRANGER),
            ]
        )

    def _start_node(self, name: str) -> None:
        with self._progress.step(f"Start {name} in the tailnet"):
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
    if partial.exists():
        shutil.rmtree(partial)
    userland.build(partial / "bin", partial / "sbin")
    partial.rename(USERLAND)


def _side_by_side(actions: Iterable[Callable[[], None]]) -> None:
    """Runs them all to their ends, then raises what the first of them raised."""
    with ThreadPoolExecutor(max_workers=32) as threads:
        futures = [threads.submit(action) for action in actions]
    for future in futures:
        future.result()
