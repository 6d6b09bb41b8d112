"""What one simulated Mac is."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

GIB = 1 << 30
STATE_FILE = "var/db/.simulated_mac.json"


@dataclasses.dataclass(frozen=True)
class MacSpec:
    """A Mac as it is bought and set up by hand: one admin account, Remote Login on, nobody logged in.

    ``sudo_password`` None means that admin may use sudo without a password.
    """

    name: str
    lan_ip: str
    lan_ip6: str
    admin_public_key: str
    sudo_password: str | None
    ca_pem: str
    hosts: dict[str, str] = dataclasses.field(default_factory=dict)
    gateway: str = ""
    memory_bytes: int = 64 * GIB
    model: str = "Mac16,11"
    model_name: str = "Mac mini"
    chip: str = "Apple M4 Pro"
    performance_cores: int = 10
    efficiency_cores: int = 4
    homebrew: bool = True
    developer_tools: bool = True
    filevault: bool = False
    product_version: str = "26.5"
    build: str = "25F71"
    darwin: str = "25.5.0"
    xnu: str = "12377.121.6~2"
    power: str = "desktop"

    @property
    def cores(self) -> int:
        return self.performance_cores + self.efficiency_cores

    def kernel_version(self) -> str:
        return (
            f"Darwin Kernel Version {self.darwin}: Mon Apr 27 20:41:26 PDT 2026; "
            f"root:xnu-{self.xnu}/RELEASE_ARM64_T6041"
        )


def save(spec: MacSpec, root: Path) -> None:
    """Leaves the public part of the spec where the Mac's own tools read it."""
    public = dataclasses.asdict(spec)
    for secret in ("sudo_password", "admin_public_key", "ca_pem"):
        public.pop(secret)
    path = root / STATE_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(public, indent=1), encoding="utf-8")
    path.chmod(0o644)


def load(root: Path = Path("/")) -> MacSpec:
    public = json.loads((root / STATE_FILE).read_text(encoding="utf-8"))
    return MacSpec(sudo_password=None, admin_public_key="", ca_pem="", **public)
