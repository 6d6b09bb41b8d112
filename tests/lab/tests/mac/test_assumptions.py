"""The list of assumptions can be printed, and each stands beside a file that exists."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.mac import assumptions


def test_each_names_a_file() -> None:
    here = Path(assumptions.__file__).parent
    assert [a.where for a in assumptions.ASSUMPTIONS if not (here / a.where).is_file()] == []


def test_it_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assumptions.main()
    assert capsys.readouterr().out.count("taken here:") == len(assumptions.ASSUMPTIONS)
