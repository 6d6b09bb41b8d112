"""launchctl as a module: options in, answer out."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import ToolError
from ansible_collections.remote_ollama.mac.plugins.modules import launchctl
from support.modules import run_module
from support.script import Script, Step

Make = Callable[..., Script]
RUNNING = "system/org.x = {\n\tstate = running\n\n\tminimum runtime = 10\n\truns = 1\n\tpid = 7\n}\n"


@pytest.fixture
def answers(
    script: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[str, Any]]:
    """Runs the module with a script for launchctl."""

    def run(steps: list[Step], check_mode: bool = False, **options: Any) -> dict[str, Any]:
        runner = script(*steps)
        monkeypatch.setattr(launchctl, "module_runner", lambda _module: runner)
        monkeypatch.setattr(launchctl.AnsibleModule, "get_bin_path", lambda *_, **__: "launchctl")
        return run_module(launchctl, capsys, {"name": "org.x", **options}, check_mode)

    return run


def reads(job: str = "", disabled: str = "") -> list[Step]:
    printed = Step("launchctl print system/org.x", job, 0 if job else 113, "" if job else "Could not find service\n")
    return [printed, Step("launchctl print-disabled system", f"\tdisabled services = {{\n{disabled}\t}}\n")]


def test_nothing_to_do(answers: Callable[..., dict[str, Any]]) -> None:
    answer = answers(reads(RUNNING), state="started", enabled=True)
    # newer versions of ansible-core add it on the controller
    answer.pop("invocation", None)
    assert answer == {
        "changed": False,
        "name": "org.x",
        "target": "system/org.x",
        "plist": "/Library/LaunchDaemons/org.x.plist",
        "loaded": True,
        "running": True,
        "enabled": True,
        "pid": 7,
        "last_exit_status": None,
        "definition_differs": None,
        "commands": [],
        "diff": {
            "before": {"enabled": True, "loaded": True, "running": True},
            "after": {"enabled": True, "loaded": True, "running": True},
        },
    }


@pytest.mark.parametrize(
    ("state", "job", "loaded", "running"),
    [
        ("started", "", True, True),
        ("loaded", "", True, None),
        ("reloaded", "", True, None),
        ("reloaded", RUNNING, True, None),
        ("restarted", "", True, True),
        ("restarted", RUNNING, True, True),
        ("stopped", RUNNING, False, False),
    ],
)
def test_check_mode(
    answers: Callable[..., dict[str, Any]], state: str, job: str, loaded: bool, running: bool | None
) -> None:
    answer = answers(reads(job), check_mode=True, state=state)
    assert (answer["changed"], answer["loaded"], answer["running"]) == (True, loaded, running)
    assert answer["pid"] is None
    assert answer["commands"]


def test_check_mode_of_enabling(answers: Callable[..., dict[str, Any]]) -> None:
    disabled = '\t\t"org.x" => disabled\n'
    answer = answers(reads(RUNNING, disabled), check_mode=True, enabled=True)
    assert (answer["changed"], answer["enabled"], answer["pid"]) == (True, True, 7)
    assert answer["commands"] == [["launchctl", "enable", "system/org.x"]]
    assert answer["diff"] == {"before": {"enabled": False}, "after": {"enabled": True}}


def test_failure_carries_what_was_run(answers: Callable[..., dict[str, Any]]) -> None:
    refused = Step("launchctl bootout system/org.x", rc=1, stderr="Boot-out failed: 1: Operation not permitted\n")
    answer = answers([*reads(RUNNING), refused], state="stopped")
    assert answer["failed"]
    assert (answer["rc"], answer["target"]) == (1, "system/org.x")
    assert answer["argv"] == ["launchctl", "bootout", "system/org.x"]
    assert answer["commands"] == [["launchctl", "bootout", "system/org.x"]]


def test_state_or_enabled_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    answer = run_module(launchctl, capsys, {"name": "org.x"})
    assert "one of the following is required: state, enabled" in answer["msg"]


def test_plist_has_to_be_absolute(answers: Callable[..., dict[str, Any]]) -> None:
    assert "absolute path, not x.plist" in answers([], state="loaded", plist="x.plist")["msg"]


def test_label_is_a_name(script: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    runner = script(*reads(RUNNING))
    monkeypatch.setattr(launchctl, "module_runner", lambda _module: runner)
    monkeypatch.setattr(launchctl.AnsibleModule, "get_bin_path", lambda *_, **__: "launchctl")
    assert run_module(launchctl, capsys, {"label": "org.x", "state": "started"})["name"] == "org.x"


def test_whose_domain() -> None:
    nobody = pwd.getpwnam("nobody")
    assert launchctl.person("nobody", 0, {}) == nobody
    assert launchctl.person(None, 0, {"SUDO_UID": str(nobody.pw_uid)}) == nobody
    assert launchctl.person(None, nobody.pw_uid, {}) == nobody
    with pytest.raises(ToolError, match="no account no-such-person"):
        launchctl.person("no-such-person", 0, {})
    with pytest.raises(ToolError, match="say whose is meant with the option user"):
        launchctl.person(None, 0, {})


def test_gui_domain_of_a_person(
    answers: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ada = pwd.struct_passwd(("ada", "x", 501, 20, "", str(tmp_path), "/bin/zsh"))
    monkeypatch.setattr(launchctl, "person", lambda *_: ada)
    missing = Step("launchctl print gui/501/org.x", rc=113, stderr="Could not find service\n")
    overrides = Step("launchctl print-disabled gui/501", "")
    answer = answers([missing, overrides], check_mode=True, state="started", domain="gui")
    assert answer["plist"] == f"{tmp_path}/Library/LaunchAgents/org.x.plist"
    assert answer["commands"] == [["launchctl", "bootstrap", "gui/501", answer["plist"]]]
    assert os.listdir(tmp_path) == []
