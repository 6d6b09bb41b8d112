"""role_variables: the comparison, and the action inside a play."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.remote_ollama.mac.plugins.action.role_variables import (
    message_for,
    options_of,
    unknown_variables,
)

KNOWN = ["ollama_host", "ollama_port", "ollama_models"]


@pytest.mark.parametrize(
    ("variables", "unknown"),
    [
        ([], {}),
        (["ollama_port", "other_prot"], {}),
        (["ollama_prot"], {"ollama_prot": "ollama_port"}),
        (["ollama_modles", "ollama_hots"], {"ollama_hots": "ollama_host", "ollama_modles": "ollama_models"}),
        (["ollama_zzzzzzzzzzzzzzzz"], {"ollama_zzzzzzzzzzzzzzzz": None}),
        (["_ollama_keg", "__ollama_install", "ollama", "ollamaport"], {}),
    ],
)
def test_unknown(variables: list[str], unknown: dict[str, str | None]) -> None:
    assert unknown_variables("ollama", variables, KNOWN) == unknown


def test_roles_with_a_longer_name() -> None:
    names = ["tailscale_serve_port", "tailscale_prot"]
    assert unknown_variables("tailscale", names, ["tailscale_port"], ["tailscale", "tailscale_serve"]) == {
        "tailscale_prot": "tailscale_port"
    }
    assert "tailscale_serve_port" in unknown_variables("tailscale", names, ["tailscale_port"], ["ollama"])


def test_options_of_all_entry_points() -> None:
    specs = {
        "main": {"options": {"x_a": {"type": "str", "aliases": ["x_old"]}, "x_b": None}},
        "preflight": {"options": {"x_c": {}}},
        "empty": None,
    }
    assert options_of(specs) == {"x_a", "x_old", "x_b", "x_c"}


def test_message() -> None:
    unknown = {"ollama_prot": "ollama_port", "ollama_x": None, "ollama_drift": None}
    assert message_for("ollama", unknown, KNOWN, ["ollama_drift"]).split("\n") == [
        "ollama_prot is no variable of the role ollama. Did you mean ollama_port?",
        "ollama_x is no variable of the role ollama.",
        "ollama_drift has a default in the role ollama, but its argument_specs.yml does not have it.",
        "The variables of ollama are: ollama_host, ollama_models, ollama_port.",
    ]


# the action


@pytest.fixture
def play(tmp_path: Path, top: Path) -> Any:
    """Runs a play with a role of its own, on a host that nothing can connect to."""
    role = tmp_path / "roles/ollama"
    for folder in ("meta", "tasks", "defaults", "../ollama_more"):
        (role / folder).mkdir(parents=True)
    spec = {"argument_specs": {"main": {"options": {"ollama_port": {"type": "int"}, "ollama_host": {"type": "str"}}}}}
    (role / "meta/argument_specs.yml").write_text(json.dumps(spec))
    (role / "defaults/main.yml").write_text(json.dumps({"ollama_port": 11434}))
    book = tmp_path / "play.yml"
    book.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "roles": ["ollama"]}]))

    def run(options: dict[str, Any], *arguments: str) -> tuple[int, str]:
        (role / "tasks/main.yml").write_text(json.dumps([{"remote_ollama.mac.role_variables": options}]))
        command = [sys.executable, "-m", "ansible", "playbook", "-i", "nowhere.invalid,", *arguments, str(book)]
        environment = dict(
            os.environ,
            ANSIBLE_COLLECTIONS_PATH=str(top / "collections"),
            ANSIBLE_CONFIG=str(tmp_path / "none.cfg"),
            ANSIBLE_LOCAL_TEMP=str(tmp_path / "tmp"),
            ANSIBLE_HOME=str(tmp_path / "home"),
            ANSIBLE_NOCOWS="1",
        )
        (tmp_path / "none.cfg").touch()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=tmp_path)
        return done.returncode, done.stdout + done.stderr

    return run


def test_action_lets_right_names_pass_without_a_connection(play: Any) -> None:
    status, said = play({}, "-e", "ollama_host=x", "-e", "_ollama_private=1", "-e", "ollama_more_x=1", "--check")
    assert status == 0, said


def test_action_refuses_a_misspelt_one(play: Any) -> None:
    status, said = play({}, "-e", "ollama_prot=1")
    assert status == 2
    assert "ollama_prot is no variable of the role ollama. Did you mean ollama_port?" in said
    assert "The variables of ollama are: ollama_host, ollama_port." in said


def test_action_lets_ignored_names_pass(play: Any) -> None:
    assert play({"ignore": ["ollama_mine"]}, "-e", "ollama_mine=1")[0] == 0


def test_action_needs_specs(play: Any, tmp_path: Path) -> None:
    status, said = play({"role_path": str(tmp_path / "roles/ollama_more")})
    assert status == 2
    assert "argument_specs.yml does not exist" in said
