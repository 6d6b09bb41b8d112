"""From every state to every state."""

from __future__ import annotations

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import ToolError
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.parse import ServicePrint
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.planning import Wanted, plan

UNLOADED = None
RUNNING = ServicePrint(state="running", pid=7, runs=1)
IDLE = ServicePrint(state="not running", runs=1, last_exit_status=0)
THROTTLED = ServicePrint(state="spawn scheduled", runs=3, last_exit_status=1)
ENDING = ServicePrint(state="SIGTERMed", pid=7, runs=1)

TABLE = [
    ("started", UNLOADED, ["bootstrap"]),
    ("started", RUNNING, []),
    ("started", IDLE, ["kickstart"]),
    ("started", THROTTLED, ["kickstart"]),
    ("started", ENDING, ["bootstrap"]),
    ("loaded", UNLOADED, ["bootstrap"]),
    ("loaded", RUNNING, []),
    ("loaded", IDLE, []),
    ("loaded", THROTTLED, []),
    ("loaded", ENDING, ["bootstrap"]),
    ("stopped", UNLOADED, []),
    ("stopped", RUNNING, ["bootout"]),
    ("stopped", IDLE, ["bootout"]),
    ("stopped", THROTTLED, ["bootout"]),
    ("stopped", ENDING, []),
    ("restarted", UNLOADED, ["bootstrap"]),
    ("restarted", RUNNING, ["kickstart -k"]),
    ("restarted", IDLE, ["kickstart -k"]),
    ("restarted", THROTTLED, ["kickstart -k"]),
    ("restarted", ENDING, ["bootstrap"]),
    ("reloaded", UNLOADED, ["bootstrap"]),
    ("reloaded", RUNNING, ["bootout", "bootstrap"]),
    ("reloaded", IDLE, ["bootout", "bootstrap"]),
    ("reloaded", THROTTLED, ["bootout", "bootstrap"]),
    ("reloaded", ENDING, ["bootstrap"]),
    (None, UNLOADED, []),
    (None, RUNNING, []),
]


@pytest.mark.parametrize(("state", "job", "steps"), TABLE)
def test_state(state: str | None, job: ServicePrint | None, steps: list[str]) -> None:
    assert plan(job, False, Wanted(state, None)) == steps


@pytest.mark.parametrize(("state", "job", "steps"), TABLE)
def test_enabling_comes_first_disabling_last(state: str | None, job: ServicePrint | None, steps: list[str]) -> None:
    assert plan(job, True, Wanted(state, True)) == ["enable", *steps]
    assert plan(job, False, Wanted(state, True)) == steps
    assert plan(job, False, Wanted(state, False)) == [*steps, "disable"]


def test_a_disabled_service_is_loaded_only_while_it_is_enabled() -> None:
    assert plan(UNLOADED, True, Wanted("started", False)) == ["enable", "bootstrap", "disable"]
    assert plan(RUNNING, True, Wanted("started", False)) == []


@pytest.mark.parametrize("state", ["started", "loaded", "restarted", "reloaded"])
def test_disabled_and_not_said_to_be_enabled(state: str) -> None:
    with pytest.raises(ToolError, match=r"system/x is disabled.*119 means: Service is disabled.*enabled: true"):
        plan(UNLOADED, True, Wanted(state, None), "system/x")


def test_a_disabled_service_that_runs_is_left_alone() -> None:
    assert plan(RUNNING, True, Wanted("started", None)) == []
    assert plan(RUNNING, True, Wanted("stopped", None)) == ["bootout"]
