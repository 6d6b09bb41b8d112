"""Every role has the same shape, and its defaults are what its argument specs say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
ROLES = sorted(path for path in (TOP / "roles").iterdir() if path.is_dir())
PHASES = ["preflight", "install", "configure", "service", "verify"]

each_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def options(role: Path, entry_point: str = "main") -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = load(role / "meta/argument_specs.yml")["argument_specs"][entry_point]["options"]
    return found


def defaults(role: Path) -> dict[str, Any]:
    return load(role / "defaults/main.yml") or {}


def is_computed(value: Any) -> bool:
    """It depends on other variables."""
    if isinstance(value, dict):
        return any(map(is_computed, value.values()))
    if isinstance(value, list):
        return any(map(is_computed, value))
    return isinstance(value, str) and "{{" in value


def test_there_are_roles() -> None:
    assert {role.name for role in ROLES} >= {"power", "tailscale", "ollama", "haproxy", "warmup"}


@each_role
def test_defaults_and_argument_specs_have_the_same_keys(role: Path) -> None:
    required = {name for name, option in options(role).items() if option.get("required")}
    assert set(defaults(role)) == set(options(role)) - required


@each_role
def test_defaults_and_argument_specs_have_the_same_values(role: Path) -> None:
    specs = options(role)
    for name, value in defaults(role).items():
        if is_computed(value):
            assert "default" not in specs[name], f"{name} is computed, so the specs cannot have its default"
        else:
            assert specs[name].get("default") == value, name


@each_role
def test_every_entry_point_takes_the_same(role: Path) -> None:
    specs = load(role / "meta/argument_specs.yml")["argument_specs"]
    for entry_point, spec in specs.items():
        assert spec["options"] == specs["main"]["options"], entry_point
        assert spec.get("short_description"), entry_point


@each_role
def test_names_carry_the_roles_name(role: Path) -> None:
    assert [name for name in defaults(role) if not name.startswith(f"{role.name}_")] == []
    private = role / "vars/main.yml"
    if private.exists():
        assert [name for name in load(private) or {} if not name.startswith(f"_{role.name}_")] == []


@each_role
def test_every_option_is_described(role: Path) -> None:
    for name, option in options(role).items():
        assert option.get("type"), name
        assert option.get("description"), name
        if option["type"] == "list":
            assert option.get("elements"), name


@each_role
def test_main_is_a_table_of_contents(role: Path) -> None:
    tasks = load(role / "tasks/main.yml")
    files = []
    for task in tasks:
        actions = [key for key in task if key.startswith("ansible.builtin.")]
        assert actions in (["ansible.builtin.import_tasks"], ["ansible.builtin.include_tasks"]), task
        file = task[actions[0]]
        files.append(file["file"] if isinstance(file, dict) else file)
        assert task["name"], task
    assert files[0] == "preflight.yml"
    for file in files:
        assert (role / "tasks" / file).is_file(), file
    phases = [Path(file).stem for file in files if Path(file).stem in PHASES]
    assert phases == sorted(phases, key=PHASES.index)


@each_role
def test_handlers_have_a_stable_topic(role: Path) -> None:
    handlers = role / "handlers/main.yml"
    for handler in load(handlers) if handlers.exists() else []:
        assert handler.get("listen"), handler["name"]
