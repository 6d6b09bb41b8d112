"""The formulae that there are, and what each puts into its keg."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
from pathlib import Path

from lab.mac.tool import launcher

PROGRAMS = Path("/.lab/programs")
TAP = "homebrew/core"

# A keg is a few lines for each program and costs a Mac next to nothing; the program keeps the name it is called by.
_EXEC = '#!/bin/bash\nexec -a "$0" {program} "$@"\n'

# tailscaled's own defaults on macOS, and what the Linux build needs to behave so and to stay inside the lab.
_TAILSCALED = """#!/bin/bash
case $1 in
install-system-daemon | uninstall-system-daemon)
	echo "tailscaled: the simulated Mac does not know: $1" >&2
	exit 99
	;;
esac
state=--state=/Library/Tailscale/tailscaled.state
socket=--socket=/var/run/tailscaled.socket
tun=--tun=utun4
for argument; do
	case $argument in
	-state | --state | -state=* | --state=* | -statedir | --statedir | -statedir=* | --statedir=*) state= ;;
	-socket | --socket | -socket=* | --socket=*) socket= ;;
	-tun | --tun | -tun=* | --tun=*) tun= ;;
	-version | --version | -h | -help | --help) exec {program} "$@" ;;
	esac
done
if [ "$EUID" -ne 0 ] && [ "$tun" ]; then
	echo 'tailscaled requires root; use sudo tailscaled (or use --tun=userspace-networking)' >&2
	exit 1
fi
export TS_NO_LOGS_NO_SUPPORT=true TS_DISABLE_PORTMAPPER=1 TS_DEBUG_USE_DERP_HTTP=1 TS_PANIC_IF_HIT_MAIN_CONTROL=1
exec -a "$0" {program} $state $socket $tun "$@"
"""


@dataclasses.dataclass(frozen=True)
class Formula:
    name: str
    description: str
    homepage: str
    version_command: tuple[str, ...]
    files: dict[str, str]

    @property
    def full_name(self) -> str:
        return self.name

    def available(self) -> bool:
        return (PROGRAMS / self.name).is_dir()

    def stable(self) -> str:
        """The version that the lab has built: as it wrote it down, else as the program says."""
        written = PROGRAMS / self.name / "VERSION"
        if written.exists():
            return written.read_text(encoding="utf-8").strip()
        # The place asked is nobody's, so that no server's version is taken for the program's own.
        env = {**os.environ, "OLLAMA_HOST": "127.0.0.1:9"}
        argv = [str(PROGRAMS / self.version_command[0]), *self.version_command[1:]]
        done = subprocess.run(argv, capture_output=True, text=True, check=True, env=env)
        found = re.search(r"\d+\.\d+\.\d+", done.stdout + done.stderr)
        if not found:
            raise RuntimeError(f"{' '.join(argv)} names no version: {done.stdout}{done.stderr}")
        return found[0]


FORMULAE = {
    formula.name: formula
    for formula in (
        Formula(
            "haproxy",
            "Reliable, high performance TCP/HTTP load balancer",
            "https://www.haproxy.org/",
            ("haproxy/bin/haproxy", "-v"),
            {"bin/haproxy": _EXEC.format(program=PROGRAMS / "haproxy/bin/haproxy")},
        ),
        Formula(
            "ollama",
            "Create, run, and share large language models (LLMs)",
            "https://ollama.com/",
            ("ollama/bin/ollama", "--version"),
            {"bin/ollama": _EXEC.format(program=PROGRAMS / "ollama/bin/ollama")},
        ),
        Formula(
            "tailscale",
            "Easiest, most secure way to use WireGuard and 2FA",
            "https://tailscale.com/",
            ("tailscale/bin/tailscale", "version"),
            {
                "bin/tailscale": launcher("tailscale"),
                "bin/tailscaled": _TAILSCALED.format(program=PROGRAMS / "tailscale/bin/tailscaled"),
            },
        ),
    )
}


def find(name: str) -> Formula | None:
    """By name, with or without the core tap before it."""
    formula = FORMULAE.get(name.removeprefix(f"{TAP}/"))
    return formula if formula and formula.available() else None
