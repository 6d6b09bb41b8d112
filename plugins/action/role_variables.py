# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of the module role_variables; its documentation is beside the other modules'."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

SPEC_FILES = ("argument_specs.yml", "argument_specs.yaml")
# how alike two names have to be before one is offered for the other (difflib's ratio)
ALIKE = 0.6


def options_of(specs: Mapping[str, Any]) -> set[str]:
    """The names of the options of all entry points, their aliases too."""
    names: set[str] = set()
    for entry_point in specs.values():
        for name, option in ((entry_point or {}).get("options") or {}).items():
            names.add(name)
            names.update((option or {}).get("aliases") or ())
    return names


def unknown_variables(
    role: str, variables: Iterable[str], known: Iterable[str], other_roles: Iterable[str] = ()
) -> dict[str, str | None]:
    """The role's variables that it does not know, each with the nearest right name or None.

    A variable is the role's own when it begins with the role's name and an underscore. Where another role's name
    begins with
    this one's (``tailscale``, ``tailscale_serve``), the longer name's variables are the other role's business.

    >>> unknown_variables("ollama", ["ollama_prot", "_ollama_x", "other_x"], ["ollama_port", "ollama_host"])
    {'ollama_prot': 'ollama_port'}
    """
    known = set(known)
    longer = tuple(f"{other}_" for other in other_roles if other.startswith(f"{role}_"))
    unknown: dict[str, str | None] = {}
    for name in sorted(variables):
        if not name.startswith(f"{role}_") or name in known or (longer and name.startswith(longer)):
            continue
        near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=ALIKE)
        unknown[name] = near[0] if near else None
    return unknown


def message_for(role: str, unknown: Mapping[str, str | None], known: Iterable[str], defaults: Iterable[str]) -> str:
    """The text of the failure."""
    lines = []
    for name, near in unknown.items():
        if name in defaults:
            lines.append(f"{name} has a default in the role {role}, but its argument_specs.yml does not have it.")
        elif near is not None:
            lines.append(f"{name} is no variable of the role {role}. Did you mean {near}?")
        else:
            lines.append(f"{name} is no variable of the role {role}.")
    lines.append(f"The variables of {role} are: {', '.join(sorted(known)) or 'none'}.")
    return "\n".join(lines)


class ActionModule(ActionBase):
    """Compares the names of the variables of a host with a role's argument specs; nothing is sent to the host."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        options = self.validate_argument_spec(
            argument_spec={
                "role": {"type": "str"},
                "role_path": {"type": "path"},
                "ignore": {"type": "list", "elements": "str", "default": []},
            }
        )[1]
        path = self._role_path(options["role_path"])
        role = options["role"] or path.name
        known = options_of(self._specs(path))
        others = [folder.name for folder in path.parent.iterdir() if folder.is_dir()]
        variables = set(task_vars or {}) - set(options["ignore"])
        unknown = unknown_variables(role, variables, known, others)
        result.update(changed=False, role=role, known=sorted(known), unknown=unknown)
        if unknown:
            result.update(failed=True, msg=message_for(role, unknown, known, self._defaults(path)))
        return result

    def _role_path(self, given: str | None) -> Path:
        if given is not None:
            return Path(given)
        role = self._task._role
        if role is None:
            raise AnsibleActionFail("role_variables was called outside a role; say which one with role_path")
        return Path(role._role_path)

    def _specs(self, role: Path) -> Mapping[str, Any]:
        for name in SPEC_FILES:
            path = role / "meta" / name
            if path.is_file():
                content = self._loader.load_from_file(str(path)) or {}
                return content.get("argument_specs") or {}
        raise AnsibleActionFail(f"{role / 'meta' / SPEC_FILES[0]} does not exist, so there is nothing to compare with")

    def _defaults(self, role: Path) -> set[str]:
        path = role / "defaults" / "main.yml"
        return set(self._loader.load_from_file(str(path)) or {}) if path.is_file() else set()
