"""The hosts that are no Macs: the machine's own root, a network of their own, a few services."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lab import addresses
from lab.hosts.host import Host
from lab.hosts.plan import Plan, Service
from lab.network import switch

if TYPE_CHECKING:
    from lab.keys import Keys

_BUNDLE = "ssl/certs/ca-certificates.crt"


class LinuxHost(Host):
    def prepare(
        self,
        keys: Keys,
        services: list[Service] | None = None,
        path: list[Path] | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """Writes what its next start needs. A host that runs already keeps what it has."""
        if self.pid1() is not None:
            return
        Plan(
            name=self.name,
            kind="linux",
            network=switch.configuration(self.name),
            services=services or [],
            path=[str(folder) for folder in path or []],
            environment=environment or {},
        ).save()
        etc = self.folder / "etc" / "upper"
        (self.folder / "etc" / "work").mkdir(parents=True, exist_ok=True)
        (etc / _BUNDLE).parent.mkdir(parents=True, exist_ok=True)
        (etc / "hosts").write_text(self._names(), encoding="utf-8")
        (etc / "hostname").write_text(f"{self.name}\n", encoding="ascii")
        # Nobody answers names but the tailnet, where a host is in it.
        (etc / "resolv.conf").write_text("", encoding="ascii")
        machine = Path("/etc") / _BUNDLE
        bundle = machine.read_bytes() if machine.exists() else b""
        (etc / _BUNDLE).write_bytes(bundle + b"\n" + keys.ca_pem.encode())

    def _names(self) -> str:
        """Macs by their LAN addresses. In the tailnet the short names belong to its own DNS."""
        own = addresses.address_of(self.name)
        lines = ["127.0.0.1 localhost", "::1 localhost", f"{own.v4} {self.name}", f"{own.v6} {self.name}"]
        lines += [f"{address} {name}" for name, address in addresses.public_names().items()]
        for name in addresses.mac_names(addresses.MOST_MACS):
            mac = addresses.address_of(name)
            spelled = f"{name}.local" if self.name in addresses.IN_TAILNET else f"{name}.local {name}"
            lines += [f"{mac.v4} {spelled}", f"{mac.v6} {spelled}"]
        return "\n".join(lines) + "\n"

    def is_ready(self) -> bool:
        pid = self.pid1()
        if pid is None:
            return False
        try:
            # Before its init takes over, the host has not got its own /etc and /run yet.
            return b"lab.hosts.linux_init" in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    def log_of(self, service: str) -> Path:
        return self.folder / f"{service}.log"

    @property
    def own(self) -> Path:
        """Its folder of the lab's state, as the host itself sees it."""
        return Path(os.sep) / "run" / "lab"
