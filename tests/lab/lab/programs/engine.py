"""llama.cpp, as the library that the wheel xllamacpp brings: nothing of C++ has to be compiled."""

from __future__ import annotations

from lab.programs import wheels
from lab.programs.cache import Recipe


def recipe() -> Recipe:
    return Recipe(
        name="engine",
        title="Fetch llama.cpp",
        inputs=(wheels.requirements("engine").read_bytes(),),
        build=lambda folder: wheels.install("engine", folder),
    )
