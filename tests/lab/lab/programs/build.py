"""Everything that has to be there before a host can start."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab.models import published
from lab.programs import engine, golang, haproxy
from lab.programs.cache import Cache
from lab.progress import Progress


@dataclasses.dataclass(frozen=True)
class Built:
    """The folder of each."""

    tailscale: Path
    headscale: Path
    ollama: Path
    haproxy: Path
    engine: Path
    models: Path


def build_all(cache: Cache, progress: Progress) -> Built:
    """Two Go programs at a time, for each has a long last step that uses one core; the rest beside them."""
    with ThreadPoolExecutor(max_workers=2) as compiling, ThreadPoolExecutor(max_workers=1) as fetching:
        others = {
            name: fetching.submit(cache.ensure, recipe, progress)
            for name, recipe in (
                ("models", published.recipe()),
                ("engine", engine.recipe()),
                ("haproxy", haproxy.recipe()),
            )
        }
        go = golang.toolchain(cache, progress)
        # the longest first
        programs = {
            program.name: compiling.submit(cache.ensure, golang.recipe(program, go), progress)
            for program in (golang.HEADSCALE, golang.TAILSCALE, golang.OLLAMA)
        }
    return Built(**{name: future.result() for name, future in (others | programs).items()})
