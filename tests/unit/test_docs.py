"""The plugins' documentation: ansible-doc reads it, the examples use what there is, everything is explained."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (TOP / "plugins/modules").glob("*.py"))
FILTERS = sorted(path.stem for path in (TOP / "plugins/filter").glob("*.py"))
ATTRIBUTES = {"check_mode", "diff_mode", "idempotent", "platform"}


@cache
def docs(kind: str) -> dict[str, Any]:
    names = [f"remote_ollama.mac.{name}" for name in (MODULES if kind == "module" else FILTERS)]
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "doc", "--json", "-t", kind, *names],
        env=dict(os.environ, ANSIBLE_COLLECTIONS_PATH=str(TOP / "collections")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return {name.rpartition(".")[2]: doc for name, doc in found.items()}


each_module = pytest.mark.parametrize("name", MODULES)


def everything(options: dict[str, Any]) -> list[tuple[str, Any]]:
    """All options or return values, those inside others too."""
    found = []
    for name, option in (options or {}).items():
        found.append((name, option))
        found += everything(option.get("suboptions") or option.get("contains") or {})
    return found


@pytest.mark.parametrize(
    ("kind", "name"), [("module", name) for name in MODULES] + [("filter", name) for name in FILTERS]
)
def test_ansible_doc_reads_it(kind: str, name: str) -> None:
    doc = docs(kind)[name]
    assert doc["doc"]["short_description"]
    assert doc["doc"]["description"]
    assert doc["doc"]["version_added"]
    assert doc["return"]


@each_module
def test_attributes_are_stated(name: str) -> None:
    attributes = docs("module")[name]["doc"]["attributes"]
    assert set(attributes) >= ATTRIBUTES
    for attribute, stated in attributes.items():
        assert stated.get("support"), attribute
        assert stated.get("description"), attribute
    assert attributes["platform"]["platforms"]


@each_module
def test_everything_is_explained(name: str) -> None:
    doc = docs("module")[name]
    for kind in (doc["doc"].get("options") or {}, doc["return"]):
        for each, option in everything(kind):
            assert option["description"], each
            assert option.get("type"), each
    for each, value in doc["return"].items():
        assert "sample" in value or "contains" in value, each
        assert value["returned"], each


@each_module
def test_examples_are_tasks_that_use_what_there_is(name: str) -> None:
    doc = docs("module")[name]
    known = set(doc["doc"].get("options") or {})
    for option in (doc["doc"].get("options") or {}).values():
        known.update(option.get("aliases") or ())
    tasks = yaml.safe_load(doc["examples"])
    uses = [task[f"remote_ollama.mac.{name}"] or {} for task in tasks if f"remote_ollama.mac.{name}" in task]
    assert len(uses) >= 2
    for task in tasks:
        assert task["name"]
    for use in uses:
        assert set(use) <= known
