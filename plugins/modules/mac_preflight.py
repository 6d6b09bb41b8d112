#!/usr/bin/python
# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mac_preflight
short_description: Read everything that the roles check before they change a Mac
version_added: 0.1.0
description:
  - Collects in one go what the preflight checks of this collection's roles need to know about a Mac. Homebrew,
    accounts, launchd services, TCP listeners, Tailscale and models.
  - It only reads and never fails for what it finds. Whether a Mac can be converged is for the roles to decide. It
    does fail where it cannot look, for a Mac whose listeners cannot be read is none without listeners.
  - Run it as root (C(become=true)), or listeners and services of other accounts are missing from the result.
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: It changes nothing.
  idempotent:
    support: full
  platform:
    support: full
    platforms: macOS
    details: On other systems it answers too, with RV(macos) false, so that a play can say so.
options:
  labels:
    description:
      - Labels of launchd services to look for, in the domain V(system) and in the login sessions of O(models_user)
        and of the person that Ansible logs in as. Where both have one, the one of O(models_user) is told about.
    type: list
    elements: str
    default: []
  models:
    description:
      - Names of Ollama models to look for on the disk. Their registries are asked about those that are not there.
    type: list
    elements: str
    default: []
  models_dir:
    description:
      - Ollama's folder of models. By default C(~/.ollama/models) of O(models_user).
    type: str
    default: ""
  models_user:
    description:
      - Who runs Ollama. By default the person that Ansible logs in as.
    type: str
    default: ""
  registry_timeout:
    description:
      - Seconds that a registry may take to answer.
    type: int
    default: 10
extends_documentation_fragment:
  - remote_ollama.mac.attributes
author:
  - The remote_ollama.mac contributors (@remote-ollama)
"""

EXAMPLES = r"""
- name: Look at the Mac
  remote_ollama.mac.mac_preflight:
    labels: [com.haproxy]
  become: true
  register: mac

- name: Refuse to go on when somebody else has the port
  ansible.builtin.assert:
    that: others | length == 0
    fail_msg: "Port 11434 is taken by {{ others[0].command }} (pid {{ others[0].pid }}, {{ others[0].user }})."
  vars:
    others: "{{ mac.listeners | selectattr('port', 'eq', 11434) | rejectattr('job', 'eq', 'system/com.haproxy') }}"

- name: Look for models, on the disk and in their registries
  remote_ollama.mac.mac_preflight:
    models: ["qwen3:32b", nomic-embed-text, hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF]
  become: true
  register: mac

- name: Refuse models that no registry has
  ansible.builtin.assert:
    that: item.value.on_disk or item.value.known is not false
    fail_msg: "{{ item.key }}: {{ item.value.detail }}"
  loop: "{{ mac.models | dict2items }}"
"""

RETURN = r"""
system:
  description: The operating system's name by uname.
  returned: always
  type: str
  sample: Darwin
macos:
  description: Whether it is a Mac.
  returned: always
  type: bool
  sample: true
product_version:
  description: The version of macOS, empty elsewhere.
  returned: always
  type: str
  sample: "26.5"
architecture:
  description: The processor's architecture by uname.
  returned: always
  type: str
  sample: arm64
login:
  description: Who Ansible logs in as, also when the task became root.
  returned: always
  type: dict
  sample: {user: admin, uid: 501, gid: 20, group: staff, home: /Users/admin}
homebrew:
  description: Where Homebrew is and whose it is.
  returned: always
  type: dict
  contains:
    found:
      description: Whether there is one.
      type: bool
      sample: true
    prefix:
      description: Its folder, empty when there is none.
      type: str
      sample: /opt/homebrew
    brew:
      description: The command, empty when there is none.
      type: str
      sample: /opt/homebrew/bin/brew
    owner:
      description: The account that may install with it, empty when there is none.
      type: str
      sample: admin
kegs:
  description: The linked version of each installed formula and its folder.
  returned: always
  type: dict
  sample: {haproxy: {version: 3.4.4, path: /opt/homebrew/Cellar/haproxy/3.4.4}}
users:
  description: All accounts by name.
  returned: always
  type: dict
  sample: {admin: {uid: 501, gid: 20, home: /Users/admin, shell: /bin/zsh}}
groups:
  description: All groups by name, with their gid.
  returned: always
  type: dict
  sample: {staff: 20}
free_service_id:
  description: A number from 300 to 499 that is free as uid and as gid, null when there is none.
  returned: always
  type: int
  sample: 300
gui_uids:
  description: The uids with a login session at the screen, in which LaunchAgents run.
  returned: always
  type: list
  elements: int
  sample: [501]
listeners:
  description: Every listening TCP socket of a Mac, none elsewhere. RV(listeners[].job) is the service among O(labels)
    that it belongs to, else empty.
  returned: always
  type: list
  elements: dict
  contains:
    address:
      description: The address, C(*) for all.
      type: str
      sample: 127.0.0.1
    port:
      description: The port.
      type: int
      sample: 11434
    pid:
      description: The process.
      type: int
      sample: 612
    command:
      description: The process's name.
      type: str
      sample: ollama
    user:
      description: Whose process it is.
      type: str
      sample: admin
    job:
      description: The launchd service that it belongs to.
      type: str
      sample: system/com.ollama
services:
  description: Of each of O(labels), its property list (empty when there is none), whether it is loaded, and its
    process, by domain.
  returned: always
  type: dict
  sample:
    com.ollama:
      system: {plist: /Library/LaunchDaemons/com.ollama.plist, loaded: true, pid: 612}
      gui: {plist: "", loaded: false, pid: null}
tailscale:
  description: Homebrew's Tailscale. The state is empty where it is not installed or its daemon does not answer.
  returned: always
  type: dict
  sample:
    binary: /opt/homebrew/bin/tailscale
    backend_state: Running
    addresses: [100.64.0.2, "fd7a:115c:a1e0::2"]
    dns_name: studio.tail1234.ts.net
models:
  description:
    - Of each of O(models), whether it is complete on the disk, whether its registry knows it (null where it was not
      asked or
      could not be), and what the registry answered.
  returned: always
  type: dict
  sample: {tiny: {on_disk: false, known: true, detail: registry.ollama.ai has it (HTTP 200)}}
"""

import grp
import os
import platform
import pwd
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import Runner, ToolError, module_runner
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.domain import Row, read_domain
from ansible_collections.remote_ollama.mac.plugins.module_utils.macos import accounts, homebrew, listeners
from ansible_collections.remote_ollama.mac.plugins.module_utils.ollama import disk, names, registry
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale.status import Status, parse_status

ARGUMENT_SPEC = {
    "labels": {"type": "list", "elements": "str", "default": []},
    "models": {"type": "list", "elements": "str", "default": []},
    "models_dir": {"type": "str", "default": ""},
    "models_user": {"type": "str", "default": ""},
    "registry_timeout": {"type": "int", "default": 10},
}

if t.TYPE_CHECKING:
    FindTool = t.Callable[[str], t.Optional[str]]
    Domain = t.Optional[dict[str, Row]]


def system_facts(run: Runner, find: FindTool) -> dict[str, t.Any]:
    sw_vers = find("sw_vers")
    version = run([sw_vers, "-productVersion"]).stdout.strip() if sw_vers else ""
    name = platform.system()
    return {
        "system": name,
        "macos": name == "Darwin",
        "product_version": version,
        "architecture": platform.machine(),
    }


def account_facts(login: pwd.struct_passwd) -> dict[str, t.Any]:
    people, all_groups = pwd.getpwall(), grp.getgrall()
    group_names = {group.gr_gid: group.gr_name for group in reversed(all_groups)}
    return {
        "login": {
            "user": login.pw_name,
            "uid": login.pw_uid,
            "gid": login.pw_gid,
            "group": group_names.get(login.pw_gid, str(login.pw_gid)),
            "home": login.pw_dir,
        },
        "users": {
            person.pw_name: {
                "uid": person.pw_uid,
                "gid": person.pw_gid,
                "home": person.pw_dir,
                "shell": person.pw_shell,
            }
            for person in people
        },
        "groups": {group.gr_name: group.gr_gid for group in all_groups},
        "free_service_id": accounts.free_service_id(
            {person.pw_uid for person in people}, {group.gr_gid for group in all_groups}
        ),
    }


def homebrew_facts(brew: homebrew.Homebrew | None) -> dict[str, t.Any]:
    if brew is None:
        return {"homebrew": {"found": False, "prefix": "", "brew": "", "owner": ""}, "kegs": {}}
    kegs = {formula: keg._asdict() for formula, keg in homebrew.kegs(brew.prefix).items()}
    return {"homebrew": dict(brew._asdict(), found=True), "kegs": kegs}


def read_domains(run: Runner, launchctl: str | None, uids: t.Iterable[int]) -> dict[str, Domain]:
    """The domain system and the gui domains of these people; None: it does not exist."""
    domains = ["system", *(f"gui/{uid}" for uid in sorted(set(uids) - {0}))]
    return {domain: read_domain(run, launchctl, domain) if launchctl else None for domain in domains}


def service_facts(
    labels: t.Iterable[str],
    domains: t.Mapping[str, Domain],
    login: pwd.struct_passwd,
    models_owner: pwd.struct_passwd | None = None,
) -> dict[str, dict[str, dict[str, t.Any]]]:
    """The services in the domain system and in the gui domain of the person they run as, else of the login account."""
    services: dict[str, dict[str, dict[str, t.Any]]] = {}
    for label in labels:
        agent = one_service(label, agent_folders(login), domains.get(f"gui/{login.pw_uid}"))
        if models_owner is not None and models_owner.pw_uid != login.pw_uid:
            own = one_service(label, agent_folders(models_owner), domains.get(f"gui/{models_owner.pw_uid}"))
            # a list in the folder of everybody says nothing about whose service it is
            if own["loaded"] or own["plist"].startswith(models_owner.pw_dir + "/"):
                agent = own
        services[label] = {
            "system": one_service(label, ["/Library/LaunchDaemons"], domains.get("system")),
            "gui": agent,
        }
    return services


def agent_folders(person: pwd.struct_passwd) -> list[str]:
    return [os.path.join(person.pw_dir, "Library/LaunchAgents"), "/Library/LaunchAgents"]


def one_service(label: str, folders: t.Iterable[str], rows: Domain) -> dict[str, t.Any]:
    candidates = [os.path.join(folder, f"{label}.plist") for folder in folders]
    row = (rows or {}).get(label)
    return {
        "plist": next((path for path in candidates if os.path.isfile(path)), ""),
        "loaded": row is not None,
        "pid": row.pid if row is not None else None,
    }


def listener_facts(
    run: Runner, find: FindTool, labels: t.Collection[str], domains: t.Mapping[str, Domain]
) -> list[dict[str, t.Any]]:
    lsof, ps = find("lsof"), find("ps")
    if lsof is None or ps is None:
        raise ToolError(
            f"This Mac has no {'lsof' if lsof is None else 'ps'} on the PATH, so its listeners cannot be read; macOS "
            "has both."
        )
    found = listeners.read_listeners(run, lsof)
    jobs = {
        row.pid: f"{domain}/{row.label}"
        for domain, rows in domains.items()
        for row in (rows or {}).values()
        if row.pid is not None and row.label in labels
    }
    parents = listeners.read_parents(run, ps) if found and jobs else {}
    return [dict(listener._asdict(), job=listeners.owner_of(listener.pid, parents, jobs)) for listener in found]


def tailscale_facts(run: Runner, prefix: str) -> dict[str, t.Any]:
    binary = os.path.join(prefix, "bin", "tailscale") if prefix else ""
    if not os.access(binary, os.X_OK):
        return {"binary": "", "backend_state": "", "addresses": [], "dns_name": ""}
    status = parse_status(run([binary, "status", "--json", "--peers=false"]).stdout) or Status("")
    return {
        "binary": binary,
        "backend_state": status.backend_state,
        "addresses": list(status.addresses),
        "dns_name": status.dns_name,
    }


def model_facts(wanted: t.Iterable[str], models_dir: str, timeout: float) -> dict[str, dict[str, t.Any]]:
    models: dict[str, dict[str, t.Any]] = {}
    missing: dict[str, names.ModelName] = {}
    for name in wanted:
        try:
            parsed = names.parse(name)
        except ToolError as error:
            models[name] = {"on_disk": False, "known": False, "detail": error.message}
            continue
        on_disk = disk.complete(models_dir, parsed)
        models[name] = {"on_disk": on_disk, "known": None, "detail": "on the disk, so no registry was asked"}
        if not on_disk:
            missing[name] = parsed
    for name, answer in zip(missing, registry.ask_all(list(missing.values()), timeout)):
        models[name].update(answer._asdict())
    return models


def account_of(models_user: str, login: pwd.struct_passwd) -> pwd.struct_passwd | None:
    """Whose models they are; None where that account is not there yet."""
    if not models_user:
        return login
    try:
        return pwd.getpwnam(models_user)
    except KeyError:
        return None


def models_folder(models_dir: str, owner: pwd.struct_passwd | None) -> str:
    """Where the models are; below a home that does not exist yet, nothing is found."""
    if models_dir:
        return models_dir
    return os.path.join(owner.pw_dir, ".ollama", "models") if owner is not None else os.devnull


def collect(module: AnsibleModule) -> dict[str, t.Any]:
    options = module.params
    run, find = module_runner(module), module.get_bin_path
    login = accounts.login_account(os.getuid(), os.environ)
    brew = homebrew.find()
    owner = account_of(options["models_user"], login)
    people = [login.pw_uid, accounts.console_uid(), *([owner.pw_uid] if owner is not None else [])]
    domains = read_domains(run, module.get_bin_path("launchctl", opt_dirs=["/bin"]), people)
    gui_uids = [int(domain.partition("/")[2]) for domain, rows in domains.items() if "/" in domain and rows is not None]
    folder = models_folder(options["models_dir"], owner)
    system = system_facts(run, find)
    return dict(
        system,
        **account_facts(login),
        **homebrew_facts(brew),
        gui_uids=gui_uids,
        listeners=listener_facts(run, find, options["labels"], domains) if system["macos"] else [],
        services=service_facts(options["labels"], domains, login, owner),
        tailscale=tailscale_facts(run, brew.prefix if brew else ""),
        models=model_facts(options["models"], folder, options["registry_timeout"]),
    )


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        facts = collect(module)
    except ToolError as error:
        module.fail_json(msg=error.message, **error.facts)
    module.exit_json(changed=False, **facts)


if __name__ == "__main__":
    main()
