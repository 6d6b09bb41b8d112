# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: to_plist
short_description: Turn data into an Apple property list
version_added: 0.1.0
description:
  - Turns a dictionary into the text of an XML property list, as C(plutil -convert xml1) would lay it out, so that the
    property
    list of a launchd service can be kept as data and changed by variables.
  - Keys stay in the order given. The same data gives the same text, so that a task which writes it changes nothing
    the second
    time.
positional: _input
options:
  _input:
    description:
      - The data. Dictionaries, lists, strings, integers, floats, booleans, dates (naive, UTC) and bytes.
      - A key whose value is null is left out, for property lists have no null. In a list null is refused.
      - Keys have to be strings, for that is all that property lists know.
    type: raw
    required: true
author:
  - The remote_ollama.mac contributors (@remote-ollama)
"""

EXAMPLES = r"""
- name: Write the property list of a service
  ansible.builtin.copy:
    content: "{{ job | remote_ollama.mac.to_plist }}"
    dest: /Library/LaunchDaemons/org.example.hello.plist
    owner: root
    group: wheel
    mode: "0644"
    validate: plutil -lint %s
  vars:
    job:
      Label: org.example.hello
      UserName: "{{ ansible_user_id }}"
      ProgramArguments: [/usr/bin/say, Good morning]
      StartCalendarInterval: {Hour: 7, Minute: 30}
      # left out when the variable is not defined
      StandardErrorPath: "{{ hello_log | default(none) }}"

- name: Show a property list
  ansible.builtin.debug:
    msg: "{{ {'RunAtLoad': true, 'Nice': 5} | remote_ollama.mac.to_plist }}"
"""

RETURN = r"""
_value:
  description: The property list, ending with a line break.
  type: str
"""

import plistlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible.errors import AnsibleFilterError

# what plistlib writes as <integer>
SMALLEST = -(1 << 63)
LARGEST = (1 << 64) - 1


def plain(value: Any, where: str) -> Any:
    """The value in plistlib's own types; Ansible's are subclasses of them that it would not know.

    :param where: the path to the value, for messages
    """
    if isinstance(value, Mapping):
        return {key_of(key, where): plain(item, f"{where}.{key}") for key, item in value.items() if item is not None}
    if isinstance(value, bool):
        return bool(value)
    if isinstance(value, int):
        if not SMALLEST <= value <= LARGEST:
            raise AnsibleFilterError(f"to_plist: {where} is {value}, which no integer of a property list can hold")
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, str):
        return string_of(value, where)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, datetime):
        return value
    if isinstance(value, Sequence):
        return [plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    kind = "null" if value is None else type(value).__name__
    raise AnsibleFilterError(f"to_plist: {where} is {kind}, which a property list cannot hold")


def key_of(key: Any, where: str) -> str:
    if not isinstance(key, str):
        raise AnsibleFilterError(
            f"to_plist: {where} has the key {key!r}, which is {type(key).__name__}; the keys of a property list are "
            f"strings"
        )
    return string_of(key, where)


def string_of(text: str, where: str) -> str:
    """XML 1.0 cannot carry most control characters, not even escaped."""
    for character in text:
        if character < " " and character not in "\t\n\r":
            raise AnsibleFilterError(
                f"to_plist: {where} holds the control character {character!r}, which XML cannot carry"
            )
    return str(text)


def to_plist(data: Any) -> str:
    if not isinstance(data, Mapping):
        raise AnsibleFilterError(f"to_plist: a dictionary is needed, not {type(data).__name__}")
    return plistlib.dumps(plain(data, "the data"), sort_keys=False).decode()


class FilterModule:
    """Filters of this collection."""

    def filters(self) -> dict[str, Any]:
        return {"to_plist": to_plist}
