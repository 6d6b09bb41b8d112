"""The services as launchd has them: all in the system domain, so that a boot with nobody logged in starts them."""

from __future__ import annotations

import re

import pytest

from . import checks
from .macs import Mac


@pytest.mark.parametrize("label", ["com.tailscale.tailscaled", "com.ollama", "com.haproxy"])
def test_a_server_is_loaded_and_running(mac: Mac, label: str) -> None:
    service = checks.service(mac, label)
    assert service.target == f"system/{label}"
    assert service.running, service


def test_the_warm_up_has_run_and_ended_well(mac: Mac) -> None:
    service = checks.service(mac, "com.ollama.warmup")
    assert service.runs >= 1, service
    assert service.pid is not None or service.last_exit == 0, service


def test_no_service_is_overridden_as_disabled(mac: Mac) -> None:
    listed = mac.user.check_output("launchctl print-disabled system")
    for label in checks.LABELS:
        assert not re.search(rf'"{re.escape(label)}" => (true|disabled)', listed), listed


def test_nothing_of_ours_is_an_agent(mac: Mac) -> None:
    """An agent would end at logout and wait for a login after a boot."""
    found = mac.root.run("ls /Library/LaunchAgents /Users/*/Library/LaunchAgents").stdout
    assert not re.search(r"com\.(ollama|haproxy|tailscale)|homebrew\.mxcl\.(ollama|haproxy|tailscale)", found), found


def test_the_resident_models_are_pinned_for_ever(mac: Mac) -> None:
    """keep_alive -1 shows as an expiry some centuries ahead."""
    running = mac.ollama("/api/ps")["models"]
    assert running, "no model is in memory"
    for model in running:
        assert int(model["expires_at"][:4]) > 2300, model


def test_the_mac_can_be_asked_for_every_model_it_has(mac: Mac) -> None:
    names = {model["name"] for model in mac.ollama("/api/tags")["models"]}
    assert {model["name"] for model in mac.ollama("/api/ps")["models"]} <= names
