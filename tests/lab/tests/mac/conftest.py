"""A launchd of one's own for each test, or one for a whole module where nothing is changed."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.mac import accounts
from lab.mac.trial import TrialMac


@contextlib.contextmanager
def _new_mac() -> Iterator[TrialMac]:
    """In a folder of its own that other users get through to, as to a real root; not switched on."""
    with tempfile.TemporaryDirectory(prefix="mac-") as name:
        root = Path(name)
        root.chmod(0o755)
        for folder in ("Library/LaunchDaemons", "Library/LaunchAgents", "System/Library/LaunchDaemons",
                       "Users/admin/Library/LaunchAgents"):  # fmt: skip
            (root / folder).mkdir(parents=True)
        accounts.Directory.factory_new(root, None, "/bin/sh").save()
        mac = TrialMac(root)
        try:
            yield mac
        finally:
            mac.kill()


@pytest.fixture
def bare_mac(monkeypatch: pytest.MonkeyPatch) -> Iterator[TrialMac]:
    """A Mac that has not been switched on."""
    for name in ("SUDO_UID", "SUDO_GID"):
        monkeypatch.delenv(name, raising=False)
    with _new_mac() as mac:
        yield mac


@pytest.fixture
def mac(bare_mac: TrialMac) -> TrialMac:
    bare_mac.boot()
    return bare_mac


@pytest.fixture(scope="module")
def quiet_mac() -> Iterator[TrialMac]:
    """For questions that change nothing."""
    with _new_mac() as mac:
        mac.boot()
        yield mac
