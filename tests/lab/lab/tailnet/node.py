"""A Linux host in the tailnet. Macs join by what is deployed on them, never by the lab."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lab.hosts.linux import LinuxHost
from lab.hosts.plan import Service
from lab.settings import KEYS
from lab.tailnet import headscale
from lab.waiting import wait_for

_JOIN_SECONDS = 60.0

# Nothing may leave the lab: no logs, no port mapping, and an end with a shout where Tailscale's own server is dialled.
# The relay of headscale speaks plain http, which tailscaled takes only when told.
CLOSED = {
    "TS_NO_LOGS_NO_SUPPORT": "true",
    "TS_DISABLE_PORTMAPPER": "1",
    "TS_PANIC_IF_HIT_MAIN_CONTROL": "1",
    "TS_DEBUG_USE_DERP_HTTP": "1",
}


class Node:
    def __init__(self, host: LinuxHost, program: Path, key: str) -> None:
        self._host = host
        self._folder = program / "bin"
        self._key = KEYS / key

    @property
    def path(self) -> Path:
        return self._folder

    def service(self) -> Service:
        state = self._host.own / "tailscale"
        argv = [
            str(self._folder / "tailscaled"), f"--statedir={state}", "--socket=/run/tailscale/tailscaled.sock",
            "--tun=tailscale0", "--port=41641", "--no-logs-no-support",
        ]  # fmt: skip
        return Service("tailscaled", argv, CLOSED)

    def join(self) -> None:
        """Comes back when the node is in the tailnet; at once when it is in it already."""
        wait_for(f"tailscaled of {self._host.name}", self._backend, _JOIN_SECONDS, self._log)
        if self._backend() == "Running":
            return
        key = self._host.folder / "auth.key"
        key.touch(mode=0o600)
        key.write_text(self._key.read_text(encoding="ascii"), encoding="ascii")
        try:
            self._host.run(
                [str(self._folder / "tailscale"), "up", f"--login-server={headscale.URL}",
                 f"--auth-key=file:{self._host.own / key.name}", f"--hostname={self._host.name}", "--accept-dns=true",
                 "--netfilter-mode=off", f"--timeout={_JOIN_SECONDS:.0f}s"],
                timeout=_JOIN_SECONDS + 10,
            )  # fmt: skip
        finally:
            key.unlink()

    def status(self) -> dict[str, Any]:
        said = self._host.run([str(self._folder / "tailscale"), "status", "--json"], check=False).stdout
        return dict(json.loads(said)) if said.strip() else {}

    def _backend(self) -> str:
        return str(self.status().get("BackendState", ""))

    def _log(self) -> str:
        path = self._host.log_of("tailscaled")
        return path.read_text(encoding="utf-8")[-2000:] if path.exists() else ""
