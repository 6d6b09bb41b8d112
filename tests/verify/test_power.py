"""A server never sleeps and comes back by itself after a power cut."""

from __future__ import annotations

import pytest

from . import readings
from .macs import Mac

MEANT = {"sleep": "0", "disksleep": "0", "womp": "1", "autorestart": "1"}


@pytest.mark.parametrize("setting", sorted(MEANT))
def test_the_mac_stays_awake_and_comes_back(mac: Mac, setting: str) -> None:
    sources = readings.power(mac.user.check_output("pmset -g custom"))
    assert sources
    for source, settings in sources.items():
        # autorestart is a setting of desktops only
        if setting == "autorestart" and "autorestart" not in settings:
            continue
        assert settings[setting] == MEANT[setting], source
