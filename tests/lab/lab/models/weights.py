"""Seeded weights, written as 16 bit numbers as most published models are."""

from __future__ import annotations

from typing import Any

import gguf
import numpy


class Weights:
    """Writes named tensors into a GGUF file; the same seed gives the same bytes."""

    def __init__(self, writer: gguf.GGUFWriter, seed: int) -> None:
        self._writer = writer
        self._random = numpy.random.default_rng(seed)

    def sample(self, *shape: int, spread: float = 0.05) -> Any:
        return self._random.standard_normal(shape) * spread

    def matrix(self, name: str, values: Any) -> None:
        self._writer.add_tensor(name, values.astype(numpy.float16))

    def vector(self, name: str, size: int, value: float) -> None:
        """Norms and biases stay 32 bit numbers: llama.cpp takes no others there."""
        self._writer.add_tensor(name, numpy.full(size, value, numpy.float32))

    def finish(self) -> None:
        self._writer.write_header_to_file()
        self._writer.write_kv_data_to_file()
        self._writer.write_tensors_to_file()
        self._writer.close()
