#!/usr/bin/python
# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: pmset
short_description: Manage the power settings of a Mac
version_added: 0.1.0
description:
  - Sets what C(pmset) sets, such as when a Mac sleeps and whether it starts again after a power failure.
  - The settings are read first (C(pmset -g custom)), only those that differ are written, all in one call, and then
    they are
    read back until they are there. pmset drops what a Mac does not have without a word and with exit status 0, and
    applies the rest a moment later.
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: macOS
options:
  settings:
    description:
      - Names and values as C(man pmset) has them. Switches such as C(womp) take booleans too; C(sleep),
        C(displaysleep) and
        C(disksleep) take minutes, V(0) for never.
      - A name that pmset does not know, or a value that it does not take, is refused before anything is written.
    type: dict
    default: {}
  source:
    description:
      - The power source that the settings are for. V(all) means all that the Mac has. V(charger) is another word for
        V(ac).
    type: str
    choices: [all, ac, charger, battery, ups]
    default: all
  unsupported:
    description:
      - What to do about a setting or a power source that this Mac does not have, and about one that it drops.
        V(fail), V(warn)
        and go on with the others, or V(ignore) it.
      - A desktop has no battery, a laptop no C(autorestart). V(warn) suits a fleet of both.
    type: str
    choices: [fail, warn, ignore]
    default: fail
  disablesleep:
    description:
      - Forbid every kind of sleep, that of a closed lid too, on all power sources. Undocumented by Apple; C(pmset -g)
        shows it as
        C(SleepDisabled).
    type: bool
  timeout:
    description:
      - Seconds that the settings may take to show up after they were written.
    type: int
    default: 10
extends_documentation_fragment:
  - remote_ollama.mac.attributes
notes:
  - Writing needs root, reading does not.
author:
  - The remote_ollama.mac contributors (@remote-ollama)
"""

EXAMPLES = r"""
- name: Keep a desktop Mac awake, and bring it back after a power failure
  remote_ollama.mac.pmset:
    settings:
      sleep: 0
      disksleep: 0
      womp: true
      autorestart: true
  become: true

- name: The same for a fleet in which some are laptops
  remote_ollama.mac.pmset:
    settings: {sleep: 0, autorestart: 1}
    source: ac
    unsupported: warn
  become: true

- name: Let a laptop save power on its battery
  remote_ollama.mac.pmset:
    source: battery
    settings: {lowpowermode: 1, displaysleep: 2, sleep: 5}
  become: true

- name: Keep a laptop awake with its lid closed
  remote_ollama.mac.pmset:
    disablesleep: true
  become: true

- name: Report, without changing anything, whether a Mac would sleep
  remote_ollama.mac.pmset:
    settings: {sleep: 0}
  check_mode: true
  register: power
"""

RETURN = r"""
before:
  description: All settings by power source, before. C(SleepDisabled) is below C(system) when O(disablesleep) was given.
  returned: success
  type: dict
  sample: {ac: {sleep: "1", womp: "1"}}
settings:
  description: All settings by power source as read back afterwards; in check mode as they would be.
  returned: success
  type: dict
  sample: {ac: {sleep: "0", womp: "1"}}
changed_settings:
  description: What changed, by power source.
  returned: success
  type: dict
  sample: {ac: {sleep: {before: "1", after: "0"}}}
unsupported:
  description: The settings in O(settings) that this Mac does not have or has dropped.
  returned: success
  type: list
  elements: str
  sample: [autorestart]
commands:
  description: The command that was run to change something, none when nothing differed; in check mode what would be
    run.
  returned: always
  type: list
  elements: list
  sample: [[/usr/bin/pmset, -a, sleep, "0"]]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import CommandError, ToolError, module_runner
from ansible_collections.remote_ollama.mac.plugins.module_utils.power import keys, planning
from ansible_collections.remote_ollama.mac.plugins.module_utils.power.client import Pmset
from ansible_collections.remote_ollama.mac.plugins.module_utils.waiting import Deadline

ARGUMENT_SPEC = {
    "settings": {"type": "dict", "default": {}},
    "source": {"type": "str", "choices": ["all", "ac", "charger", "battery", "ups"], "default": "all"},
    "unsupported": {"type": "str", "choices": ["fail", "warn", "ignore"], "default": "fail"},
    "disablesleep": {"type": "bool"},
    "timeout": {"type": "int", "default": 10},
}

SLEEP_DISABLED = "SleepDisabled"
SOURCE_NAMES = {"ac": "AC power", "battery": "battery", "ups": "UPS"}
if t.TYPE_CHECKING:
    # by power source: setting -> value, both text
    Profiles = dict[str, dict[str, str]]


class PowerTask:
    """One task: read, plan, write once, read back."""

    def __init__(self, client: Pmset, options: t.Mapping[str, t.Any], deadline: t.Callable[[], Deadline]) -> None:
        self._client = client
        self._source: str = "ac" if options["source"] == "charger" else options["source"]
        self._policy: str = options["unsupported"]
        self._disablesleep: bool | None = options["disablesleep"]
        self._settings = keys.normalize(options["settings"])
        self._deadline = deadline
        self.warnings: list[str] = []

    def run(self, check_mode: bool) -> dict[str, t.Any]:
        before = self._read()
        plan = self._plan(before)
        self._report_unsupported(plan, before)
        changes: Profiles = dict(plan.changes)
        wanted: Profiles = dict(plan.wanted)
        if self._disablesleep is not None:
            wanted["system"] = {SLEEP_DISABLED: str(int(self._disablesleep))}
            changes.update(planning.unmet({"system": wanted["system"]}, before))
        if changes:
            toggle = self._disablesleep if "system" in changes else None
            argv = self._client.argv(self._source, plan.pairs, toggle)
        after = merged(before, changes)
        dropped: list[str] = []
        if changes and not check_mode:
            self.warnings += self._client.set(argv)
            after, dropped = self._read_back(wanted)
        return {
            "changed": picked(before, wanted) != picked(after, wanted),
            "before": before,
            "settings": after,
            "changed_settings": changed_settings(before, after),
            "unsupported": sorted({*plan.unsupported, *dropped}),
            "commands": [argv] if changes else [],
            "diff": {"before": picked(before, wanted), "after": picked(after, wanted)},
        }

    def _read(self) -> Profiles:
        profiles = self._client.custom() if self._settings else {}
        if self._disablesleep is not None:
            profiles["system"] = {SLEEP_DISABLED: str(int(self._client.sleep_disabled()))}
        return profiles

    def _plan(self, before: Profiles) -> planning.Plan:
        sources = {place: values for place, values in before.items() if place != "system"}
        plan = planning.plan(sources, self._settings, self._source)
        if plan.unsupported and plan.wanted:
            try:
                capable = self._client.capabilities()
            except CommandError:
                # what a Mac can do is a second opinion only: what it shows is the first, and that is known
                return plan
            plan = planning.plan(sources, self._settings, self._source, capable)
        return plan

    def _report_unsupported(self, plan: planning.Plan, before: Profiles) -> None:
        if not plan.unsupported:
            return
        names = ", ".join(plan.unsupported)
        if self._source != "all" and self._source not in before:
            has = ", ".join(SOURCE_NAMES[place] for place in before if place in SOURCE_NAMES) or "none"
            message = (
                f"This Mac has no power source {SOURCE_NAMES[self._source]}, only: {has}. Nothing was set of: {names}."
            )
        else:
            message = f"This Mac does not have: {names}. pmset would accept it without a word and without effect."
        self._complain(message)

    def _read_back(self, wanted: Profiles) -> tuple[Profiles, list[str]]:
        """Until all is there: powerd applies what pmset has written a moment later."""
        deadline = self._deadline()
        while True:
            after = self._read()
            missing = planning.unmet(wanted, after)
            if not missing:
                return after, []
            if not deadline.pause():
                break
        for place, values in missing.items():
            for name, value in values.items():
                self._complain(
                    f"pmset accepted {name} {value} for {SOURCE_NAMES.get(place, 'the system')} without an error, but "
                    f"{deadline.seconds:g} s later it is {after.get(place, {}).get(name, 'not shown')}."
                )
        return after, [name for values in missing.values() for name in values]

    def _complain(self, message: str) -> None:
        if self._policy == "fail":
            raise ToolError(message)
        if self._policy == "warn":
            self.warnings.append(message)


def merged(profiles: Profiles, changes: Profiles) -> Profiles:
    return {place: {**values, **changes.get(place, {})} for place, values in profiles.items()}


def changed_settings(before: Profiles, after: Profiles) -> dict[str, dict[str, dict[str, str | None]]]:
    changed = {
        place: {
            name: {"before": before.get(place, {}).get(name), "after": value}
            for name, value in values.items()
            if before.get(place, {}).get(name) != value
        }
        for place, values in after.items()
    }
    return {place: values for place, values in changed.items() if values}


def picked(profiles: Profiles, wanted: Profiles) -> Profiles:
    """Only what the task is about."""
    return {
        place: {name: profiles[place][name] for name in values if name in profiles.get(place, {})}
        for place, values in wanted.items()
    }


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    client = Pmset(module_runner(module), module.get_bin_path("pmset", required=True, opt_dirs=["/usr/bin"]))
    try:
        task = PowerTask(client, module.params, lambda: Deadline(module.params["timeout"]))
        result = task.run(module.check_mode)
    except ToolError as error:
        module.fail_json(msg=error.message, **dict({"commands": client.writes}, **error.facts))
    for warning in task.warnings:
        module.warn(warning)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
