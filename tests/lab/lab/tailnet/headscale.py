"""The coordination server on control."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lab import addresses, keys
from lab.errors import LabError
from lab.hosts.linux import LinuxHost
from lab.hosts.plan import Service
from lab.network import namespaces
from lab.settings import KEYS
from lab.waiting import wait_for

URL = f"http://{addresses.GATEWAY.v4}:8080"
DOMAIN = "tail.test"
OWNER = "alice"
MAC_TAG, STRANGER_TAG = "tag:llm", "tag:stranger"
_PORT = 8080
_START_SECONDS = 30.0
# Longer than any lab stays up: nobody renews them.
_KEY_LIFE = "87600h"

# Alice's devices reach the models and nothing else reaches anything.
POLICY = {
    "tagOwners": {MAC_TAG: [f"{OWNER}@"], STRANGER_TAG: [f"{OWNER}@"]},
    "grants": [{"src": [f"{OWNER}@"], "dst": [MAC_TAG], "ip": ["tcp:11434"]}],
    # There is no captive portal in the lab, nor a way to the servers that would tell.
    "nodeAttrs": [{"target": ["*"], "attr": ["disable-captive-portal-detection"]}],
}


def configuration(folder: Path) -> dict[str, Any]:
    """headscale's own keys. Nothing in it points outside of the lab."""
    return {
        # A private address, not a name: for a name the clients would try TLS on port 443 beside it.
        "server_url": URL,
        "listen_addr": f"{addresses.GATEWAY.v4}:{_PORT}",
        "metrics_listen_addr": "",
        "grpc_listen_addr": "127.0.0.1:50443",
        "noise": {"private_key_path": str(folder / "noise.key")},
        "prefixes": {"v4": "100.64.0.0/10", "v6": "fd7a:115c:a1e0::/48", "allocation": "sequential"},
        "derp": {
            "server": {
                "enabled": True,
                "region_id": 999,
                "region_code": "lab",
                "region_name": "lab",
                "verify_clients": True,
                "stun_listen_addr": f"{addresses.GATEWAY.v4}:3478",
                "private_key_path": str(folder / "derp.key"),
                "automatically_add_embedded_derp_region": True,
                "ipv4": addresses.GATEWAY.v4,
            },
            "urls": [],
            "paths": [],
            "auto_update_enabled": False,
        },
        "disable_check_updates": True,
        "logtail": {"enabled": False},
        "database": {"type": "sqlite", "sqlite": {"path": str(folder / "db.sqlite"), "write_ahead_log": True}},
        "policy": {"mode": "file", "path": str(folder / "policy.hujson")},
        "dns": {
            "magic_dns": True,
            "base_domain": DOMAIN,
            "override_local_dns": False,
            "nameservers": {"global": [], "split": {}},
            "search_domains": [],
        },
        "unix_socket": str(folder / "headscale.sock"),
        "unix_socket_permission": "0700",
        "log": {"level": "info"},
    }


class Headscale:
    """Talks to the server by its own command, on the host it runs on."""

    def __init__(self, control: LinuxHost, program: Path) -> None:
        self._control = control
        self._program = program / "bin" / "headscale"

    @property
    def environment(self) -> dict[str, str]:
        return {"HEADSCALE_CONFIG": str(self._control.own / "headscale" / "config.yaml")}

    def service(self) -> Service:
        """Writes its configuration, and says how it is run. One that runs keeps what it has: a test may be at it."""
        folder = self._control.folder / "headscale"
        folder.mkdir(parents=True, exist_ok=True)
        if self._control.pid1() is None:
            inside = self._control.own / "headscale"
            # JSON is YAML too
            (folder / "config.yaml").write_text(json.dumps(configuration(inside), indent=1), encoding="utf-8")
            (folder / "policy.hujson").write_text(json.dumps(POLICY, indent=1), encoding="utf-8")
        return Service("headscale", [str(self._program), "serve"], self.environment)

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            return namespaces.accepts(namespaces.of(addresses.LAPTOP), addresses.GATEWAY.v4, _PORT)

        wait_for("headscale", ready, _START_SECONDS, self._log)

    def ensure_keys(self) -> None:
        """The users, and a key file for each kind of node: the lab's own way to say who may join as what."""
        if (KEYS / "wrong.key").exists():
            return
        owner = self._owner()
        kinds = {
            "mac.key": ["--reusable", "--tags", MAC_TAG],
            "client.key": ["--reusable", "--user", owner],
            "stranger.key": ["--reusable", "--tags", STRANGER_TAG],
        }
        with ThreadPoolExecutor() as threads:
            made = dict(zip(kinds, threads.map(self._create_key, kinds.values()), strict=True))
        for name, key in made.items():
            keys.write(KEYS / name, key + "\n")
        keys.write(KEYS / "wrong.key", _spoilt(made["mac.key"]) + "\n")

    def forget(self, node: str) -> None:
        """Removes a node by its name, as a person does whose machine got a new disk."""
        for entry in self._ask("nodes", "list") or []:
            if entry["given_name"] == node or entry["name"] == node:
                self._ask("nodes", "delete", "--identifier", str(entry["id"]), "--force")

    def _owner(self) -> str:
        users = self._ask("users", "list") or [self._ask("users", "create", OWNER)]
        return next(str(user["id"]) for user in users if user["name"] == OWNER)

    def _create_key(self, options: list[str]) -> str:
        return str(self._ask("preauthkeys", "create", "--expiration", _KEY_LIFE, *options)["key"])

    def _ask(self, *words: str) -> Any:
        said = self._control.run([str(self._program), *words, "--output", "json"]).stdout
        try:
            return json.loads(said)
        except ValueError as error:
            raise LabError(f"headscale {' '.join(words)} says no JSON: {said}") from error

    def _log(self) -> str:
        path = self._control.log_of("headscale")
        return path.read_text(encoding="utf-8")[-2000:] if path.exists() else ""


def _spoilt(key: str) -> str:
    """A key of the right form that was never given out."""
    body, last = key[:-8], key[-8:]
    return body + "".join("b" if letter == "a" else "a" for letter in last)
