#!/usr/bin/python
# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tailscale
short_description: Log a Mac in to a tailnet and manage its preferences
version_added: 0.1.0
description:
  - Logs the node in with an auth key, brings it up, and sets the preferences that differ. What is already so is left
    alone.
  - The node's state is read from C(tailscale status --json) and C(tailscale debug prefs). C(tailscale up) is used to
    log in, for it insists on all settings at once; everything else goes through C(tailscale set).
  - The auth key is written to a file that only root can read, handed over as C(--auth-key=file:), and removed at
    once. It is in
    no command line and no log.
attributes:
  check_mode:
    support: full
    details:
      - Where Tailscale is not installed or its daemon not started yet, which tasks before this one may be about to
        do, check mode
        reports a change.
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: macOS, Linux
    details:
      - It needs the open-source C(tailscaled), such as Homebrew's formula C(tailscale). The command line of the app
        works only
        while the app runs, in somebody's login session.
options:
  state:
    description:
      - V(up) means logged in, connected and with an address. The module waits until it is.
      - V(down) means disconnected. The login stays.
    type: str
    choices: [up, down]
    default: up
  login_server:
    description:
      - URL of the control server. Empty for Tailscale's own, or, on a node that is logged in, for the one it has.
    type: str
    default: ""
  auth_key:
    description:
      - The auth key. It is needed, and looked at, only when the node has to log in.
    type: str
    default: ""
  hostname:
    description:
      - The node's name in the tailnet. Empty leaves it alone; Tailscale then takes the machine's own.
    type: str
    default: ""
  tags:
    description:
      - The tags that the node has to have, each beginning with C(tag:). Empty leaves them alone.
      - They come from the auth key if it is a tagged one. Else they are asked for, which the tailnet's policy has to
        allow the
        key's owner (C(tagOwners)).
      - Tags belong to the login. A node that is logged in with others is an error unless O(force_reauth=true).
    type: list
    elements: str
    default: []
  accept_dns:
    description:
      - Whether the machine uses the tailnet's DNS. By default it is left alone, which on a new node means that it does.
    type: bool
  ssh:
    description:
      - Whether Tailscale's own SSH server runs. By default it is left alone, which on a new node means that it does
        not.
    type: bool
  force_reauth:
    description:
      - Log in again where the login server or the tags differ, with O(auth_key). The node loses its connections for a
        moment, also Ansible's own if it comes through the tailnet.
    type: bool
    default: false
  binary:
    description:
      - Path of the command C(tailscale). By default it is looked for in Homebrew's folders and on the path.
    type: path
  socket:
    description:
      - Path of the daemon's socket. By default the one that is built in.
    type: path
  timeout:
    description:
      - Seconds for all of it, that is until the daemon answers, the login is done and the node has an address.
    type: int
    default: 60
extends_documentation_fragment:
  - remote_ollama.mac.attributes
notes:
  - A login resets the preferences that this module does not manage, such as advertised routes.
  - Run it as root (C(become=true)).
author:
  - The remote_ollama.mac contributors (@remote-ollama)
"""

EXAMPLES = r"""
- name: Log in with a tagged key, and take no DNS from the tailnet
  remote_ollama.mac.tailscale:
    auth_key: "{{ lookup('ansible.builtin.file', '~/.config/remote_ollama/tailnet.key') }}"
    tags: ["tag:llm"]
    accept_dns: false
  become: true
  register: node

- name: Say where the Mac is reached
  ansible.builtin.debug:
    msg: "{{ node.dns_name }} has {{ node.addresses | join(' and ') }}"

- name: Log in to a headscale of one's own
  remote_ollama.mac.tailscale:
    login_server: https://headscale.example.org
    auth_key: "{{ vault_headscale_key }}"
    hostname: studio-1
  become: true

- name: Turn on Tailscale's SSH server on a node that is logged in
  remote_ollama.mac.tailscale:
    ssh: true
  become: true

- name: Move a node to other tags
  remote_ollama.mac.tailscale:
    tags: ["tag:llm", "tag:studio"]
    auth_key: "{{ vault_new_key }}"
    force_reauth: true
  become: true

- name: Take a node off the tailnet for a while
  remote_ollama.mac.tailscale:
    state: down
  become: true
"""

RETURN = r"""
backend_state:
  description: The daemon's state; in check mode as it would be. Empty where the daemon does not answer.
  returned: success
  type: str
  sample: Running
addresses:
  description: The node's addresses, IPv4 first. In check mode those that it has now.
  returned: success
  type: list
  elements: str
  sample: [100.64.0.2, "fd7a:115c:a1e0::2"]
dns_name:
  description: The node's MagicDNS name, without a dot at the end.
  returned: success
  type: str
  sample: studio-1.tail1234.ts.net
tags:
  description: The node's tags.
  returned: success
  type: list
  elements: str
  sample: ["tag:llm"]
login_server:
  description: The control server that the node uses.
  returned: success
  type: str
  sample: https://controlplane.tailscale.com
commands:
  description: The commands that changed something, in order. The auth key is in none of them. Empty in check mode.
  returned: always
  type: list
  elements: list
  sample: [[/opt/homebrew/bin/tailscale, set, --ssh=true]]
"""

import contextlib
import os
import tempfile
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import ToolError, module_runner
from ansible_collections.remote_ollama.mac.plugins.module_utils.macos.homebrew import PREFIXES
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale import planning
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale.client import DaemonError, Tailscale
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale.node import Node
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale.planning import Plan, Wanted
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale.status import RUNNING, STOPPED, Prefs, Status
from ansible_collections.remote_ollama.mac.plugins.module_utils.waiting import Deadline

ARGUMENT_SPEC = {
    "state": {"type": "str", "choices": ["up", "down"], "default": "up"},
    "login_server": {"type": "str", "default": ""},
    "auth_key": {"type": "str", "default": "", "no_log": True},
    "hostname": {"type": "str", "default": ""},
    "tags": {"type": "list", "elements": "str", "default": []},
    "accept_dns": {"type": "bool"},
    "ssh": {"type": "bool"},
    "force_reauth": {"type": "bool", "default": False},
    "binary": {"type": "path"},
    "socket": {"type": "path"},
    "timeout": {"type": "int", "default": 60},
}

NO_STATUS = Status("")
NO_PREFS = Prefs("", "", False, False, (), False, True)


def find_binary(module: AnsibleModule) -> str | None:
    """The command, None where Tailscale is not installed."""
    if module.params["binary"] is not None:
        path: str = module.params["binary"]
        return path if os.access(path, os.X_OK) else None
    found: str | None = module.get_bin_path("tailscale", opt_dirs=[os.path.join(prefix, "bin") for prefix in PREFIXES])
    return found


@contextlib.contextmanager
def key_file(key: str, folder: str) -> t.Iterator[str]:
    """A file with the key that only its owner can read, for as long as the context lasts."""
    handle, path = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(key.strip() + "\n")
        yield path
    finally:
        os.unlink(path)


def check_tags(tags: t.Iterable[str]) -> None:
    for tag in tags:
        if not tag.startswith("tag:"):
            raise ToolError(f"The tag {tag!r} (tags) has to begin with tag:, as in tag:{tag}.")


def picture(status: Status, prefs: Prefs, wanted: Wanted) -> dict[str, t.Any]:
    """Only what the task is about."""
    values = {
        "backend_state": status.backend_state,
        "login_server": prefs.control_url if wanted.login_server else None,
        "hostname": prefs.hostname if wanted.hostname else None,
        "tags": sorted(status.tags) if wanted.tags else None,
        "accept_dns": prefs.accept_dns if wanted.accept_dns is not None else None,
        "ssh": prefs.ssh if wanted.ssh is not None else None,
    }
    return {key: value for key, value in values.items() if value is not None}


def predicted(status: Status, prefs: Prefs, wanted: Wanted, steps: t.Collection[str]) -> tuple[Status, Prefs]:
    """For check mode: what the steps would lead to."""
    if not steps:
        return status, prefs
    fresh = planning.LOGIN in steps
    accept_dns, ssh = (True, False) if fresh else (prefs.accept_dns, prefs.ssh)
    return (
        Status(
            STOPPED if wanted.state == "down" else RUNNING,
            addresses=status.addresses,
            dns_name=status.dns_name,
            tags=wanted.tags or status.tags,
        ),
        Prefs(
            control_url=wanted.login_server or prefs.control_url,
            hostname=wanted.hostname or prefs.hostname,
            accept_dns=accept_dns if wanted.accept_dns is None else wanted.accept_dns,
            ssh=ssh if wanted.ssh is None else wanted.ssh,
            tags=prefs.tags,
            want_running=wanted.state == "up",
            logged_out=False,
        ),
    )


def run(module: AnsibleModule, commands: list[list[str]]) -> dict[str, t.Any]:
    options = module.params
    check_tags(options["tags"])
    wanted = Wanted(
        state=options["state"],
        login_server=options["login_server"],
        hostname=options["hostname"],
        tags=tuple(options["tags"]),
        accept_dns=options["accept_dns"],
        ssh=options["ssh"],
    )
    binary = find_binary(module)
    if binary is None and not module.check_mode:
        where = options["binary"] or "Homebrew's folders or on the path"
        raise ToolError(f"There is no tailscale in {where}. Install it first, such as Homebrew's formula tailscale.")
    status, prefs, plan = NO_STATUS, NO_PREFS, Plan([planning.LOGIN if wanted.state == "up" else planning.DISCONNECT])
    node: Node | None = None
    if binary is not None:
        client = Tailscale(module_runner(module), binary, options["socket"])
        client.writes = commands
        key = options["auth_key"]
        make_key_file = (lambda: key_file(key, module.tmpdir)) if key else None
        # in check mode the daemon is not waited for: a task before this one would have started it
        deadline = Deadline(0 if module.check_mode else options["timeout"])
        node = Node(client, wanted, make_key_file, deadline, options["force_reauth"])
        try:
            status, prefs = node.read()
        except DaemonError:
            if not module.check_mode:
                raise
        else:
            plan = node.plan(status, prefs)
    before = picture(status, prefs, wanted)
    if module.check_mode or node is None:
        status, prefs = predicted(status, prefs, wanted, plan.steps)
    else:
        status, prefs = node.apply(plan, prefs)
    return {
        "changed": bool(plan.steps),
        "backend_state": status.backend_state,
        "addresses": list(status.addresses),
        "dns_name": status.dns_name,
        "tags": list(status.tags),
        "login_server": prefs.control_url or planning.DEFAULT_SERVER,
        "diff": {"before": before, "after": picture(status, prefs, wanted)},
    }


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    commands: list[list[str]] = []
    try:
        result = run(module, commands)
    except ToolError as error:
        module.fail_json(msg=error.message, **dict(error.facts, commands=commands))
    module.exit_json(commands=commands, **result)


if __name__ == "__main__":
    main()
