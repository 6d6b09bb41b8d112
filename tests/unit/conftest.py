"""The unit tests import the collection as Ansible does, and share a scripted runner and a clock that costs no time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path[:0] = [str(TOP / "collections"), str(HERE)]

from support.clock import FakeClock  # noqa: E402
from support.script import Script, Step  # noqa: E402


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def script() -> Iterator[Callable[..., Script]]:
    """Makes the runner of a test: the exact commands and answers. One that is left over at the end fails the test."""
    made: list[Script] = []

    def make(*steps: Step) -> Script:
        made.append(Script(*steps))
        return made[-1]

    yield make
    for each in made:
        each.finish()


@pytest.fixture
def text() -> Callable[[str], str]:
    """A captured text by its path below texts/."""
    return lambda name: (HERE / "texts" / name).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def top() -> Path:
    return TOP
