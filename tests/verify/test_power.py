"""A server never sleeps and comes back by itself after a power cut."""

from __future__ import annotations

import pytest

from . import checks
from .macs import Mac


@pytest.mark.parametrize("setting", sorted(checks.POWER))
def test_the_mac_stays_awake_and_comes_back(mac: Mac, setting: str) -> None:
    checks.stays_awake(mac, setting)
