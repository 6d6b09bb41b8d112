"""playbooks/warmup.yml over the converged fleet."""

from __future__ import annotations

import re

import pytest

from .macs import Mac
from .plays import Played, play
from .test_converge import variables

pytestmark = [pytest.mark.lab, pytest.mark.converge]

PLAYBOOK = "playbooks/warmup.yml"
RESIDENT = ("tiny", "tiny-embed")


def resident(mac: Mac) -> set[str]:
    return {model["name"].removesuffix(":latest") for model in mac.ollama("/api/ps")["models"]}


def row(played: Played, mac: Mac, model: str) -> str:
    """What the table says of a model on a Mac, behind their names."""
    assert re.search(r"Mac +model +load time +first token +resident until", played.output), str(played)
    found = re.search(rf"^ *{mac.name} +{re.escape(model)} +(.*)$", played.output, re.MULTILINE)
    assert found, f"no row of {model} on {mac.name}: {played}"
    return found[1]


def test_the_second_run_changes_nothing(inventory: str, maca: Mac, macb: Mac) -> None:
    first = play(inventory, playbook=PLAYBOOK)
    assert first.returncode == 0, str(first)
    second = play(inventory, playbook=PLAYBOOK)
    assert second.returncode == 0, str(second)
    for mac in (maca, macb):
        assert second.recap[mac.name]["changed"] == 0, str(second)
        assert resident(mac) >= set(RESIDENT)
        for model in RESIDENT:
            assert "FAILED" not in row(second, mac, model), str(second)


def test_a_model_that_fails_holds_up_no_other(inventory: str, maca: Mac, macb: Mac) -> None:
    models = [{"name": "no-such-model"}, {"name": "tiny", "context": 2048}, {"name": "tiny-embed"}]
    played = play(inventory, *variables(warmup_models=models), playbook=PLAYBOOK)
    assert played.returncode != 0, str(played)
    for mac in (maca, macb):
        assert "FAILED: " in row(played, mac, "no-such-model"), str(played)
        for model in RESIDENT:
            assert "FAILED" not in row(played, mac, model), str(played)
        assert resident(mac) >= set(RESIDENT)
