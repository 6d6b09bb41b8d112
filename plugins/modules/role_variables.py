#!/usr/bin/python
# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: role_variables
short_description: Refuse variables that a role does not know
version_added: 0.1.0
description:
  - Fails when a host has a variable that begins with a role's name but is none of the role's options, and names the
    nearest
    right one. A misspelt variable would otherwise be ignored without a word.
  - Ansible itself validates the types of a role's options (C(meta/argument_specs.yml)), but says nothing about
    variables that
    are not among them.
  - Only names are compared. Values are neither looked at nor templated.
  - Variables that begin with an underscore are a role's own affair and are left alone. Where another role beside this
    one has a
    name that begins with this one's, such as C(tailscale_serve) beside C(tailscale), the variables with the longer
    prefix are left to that role.
attributes:
  action:
    description: Indicates this has a corresponding action plugin, so that some parts of it run on the controller.
    support: full
  check_mode:
    support: full
  diff_mode:
    support: none
    details: It changes nothing.
  idempotent:
    support: full
  platform:
    support: full
    platforms: all
    details: It runs on the controller alone and never connects to the host.
options:
  role:
    description:
      - The prefix of the variables, without the underscore. By default the name of the role's folder.
    type: str
  role_path:
    description:
      - The role's folder. By default the role that the task is in.
    type: path
  ignore:
    description:
      - Names that are let through, for variables of one's own that happen to have the prefix.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - remote_ollama.mac.attributes
author:
  - The remote_ollama.mac contributors (@remote-ollama)
"""

EXAMPLES = r"""
# first task of a role
- name: Refuse variables that this role does not know
  remote_ollama.mac.role_variables:

- name: The same, with a variable of one's own let through
  remote_ollama.mac.role_variables:
    ignore:
      - ollama_dashboard_title

- name: Check a role's variables from a play
  remote_ollama.mac.role_variables:
    role_path: "{{ playbook_dir }}/../roles/haproxy"
"""

RETURN = r"""
role:
  description: The role whose variables were checked.
  returned: always
  type: str
  sample: ollama
known:
  description: The role's variables.
  returned: always
  type: list
  elements: str
  sample: [ollama_host, ollama_port]
unknown:
  description: The variables that the role does not know, each with the nearest right name, or null where none is near.
  returned: always
  type: dict
  sample: {ollama_prot: ollama_port}
"""
