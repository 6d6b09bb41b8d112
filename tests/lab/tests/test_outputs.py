"""What the lab gives to Ansible and to headscale."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from lab import machine
from lab.inventory import inventory
from lab.tailnet import headscale


def test_the_inventory_has_no_secret_in_it() -> None:
    macs = inventory(3)["macs"]
    assert list(macs["hosts"]) == ["maca", "macb", "macc"]
    assert "lookup" in macs["hosts"]["macb"]["ansible_become_password"]
    assert "ansible_become_password" not in macs["hosts"]["maca"]


def test_the_password_can_be_left_out() -> None:
    assert "ansible_become_password" not in json.dumps(inventory(2, password=False))


def test_nothing_of_the_tailnet_points_outside() -> None:
    text = json.dumps(headscale.configuration(Path("/run/lab/headscale")))
    outside = [name for name in re.findall(r"https?://([^/:\"]+)", text) if name != "10.99.0.1"]
    assert outside == []
    assert headscale.configuration(Path("/x"))["derp"]["urls"] == []


def test_the_policy_lets_alice_reach_the_models_and_nobody_anything_else() -> None:
    assert headscale.POLICY["grants"] == [{"src": ["alice@"], "dst": ["tag:llm"], "ip": ["tcp:11434"]}]


def test_a_machine_without_root_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert machine.missing() == ["the lab needs root: it makes namespaces, mounts and network interfaces"]


def test_each_missing_program_is_a_line_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda _name, path=None: None)  # noqa: ARG005
    lines = machine.missing()
    assert "program nft: not found; apt-get install nftables" in lines
    assert all("\n" not in line for line in lines)
