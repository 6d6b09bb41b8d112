#!/usr/bin/python
# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: launchctl
short_description: Manage launchd services on macOS
version_added: 0.1.0
description:
  - Loads, unloads, starts, restarts, enables and disables services of launchd, the service manager of macOS. It is to
    launchd what M(ansible.builtin.systemd_service) is to systemd.
  - What launchd has is read with C(launchctl print) before and after. The exit statuses of C(bootstrap) and
    C(bootout) decide
    nothing, because launchd answers 5 (input/output error) alike for a service that is loaded already, for one that
    is still
    ending, and for a dozen real faults.
  - The service's property list is never written. Let M(ansible.builtin.copy) or M(ansible.builtin.template) write it,
    with C(validate) set to C(plutil -lint %s), and let its change notify a handler with O(state=reloaded).
attributes:
  check_mode:
    support: full
    details:
      - A property list that launchd would refuse fails the task, but not in check mode, since a task before this one
        may be
        about to write it or to install its program. A warning names what is wrong with it.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - O(state=restarted) and O(state=reloaded) act every time.
  platform:
    support: full
    platforms: macOS
options:
  name:
    description:
      - The service's label, which is the C(Label) in its property list.
    type: str
    required: true
    aliases: [label]
  plist:
    description:
      - Absolute path of the property list. It is needed only when the service has to be loaded.
      - By default C(/Library/LaunchDaemons/NAME.plist) for O(domain=system), else
        C(~/Library/LaunchAgents/NAME.plist) of O(user), or C(/Library/LaunchAgents/NAME.plist) where only that one
        exists.
    type: path
  domain:
    description:
      - Where the service lives.
      - V(system) is for daemons. They start at boot with nobody logged in; C(UserName) in the property list says who
        they
        run as. Changing anything there needs root.
      - V(gui) is the login session of O(user) at the Mac's screen, where LaunchAgents run. It exists only while that
        person is
        logged in.
      - V(user) is the background domain of O(user), which needs no login at the screen. It takes only property lists
        whose
        C(LimitLoadToSessionType) names C(Background).
    type: str
    choices: [system, gui, user]
    default: system
  user:
    description:
      - The person whose V(gui) or V(user) domain is meant.
      - By default the person that Ansible logs in as, also when the task becomes root.
    type: str
  state:
    description:
      - V(started) means loaded and with a process. The module waits until there is one that stays up for O(settle)
        seconds;
        a job that ends or keeps crashing is an error, which carries the end of its C(StandardErrorPath).
      - V(loaded) means known to launchd, running or not. This is the right state for timers, for jobs that wait on a
        socket, and for jobs that do their work once and end.
      - V(stopped) means unloaded (C(bootout)), for launchd restarts a loaded job that is to be kept alive. The
        property list
        stays, so the service is back after a reboot unless O(enabled=false).
      - V(restarted) ends the running process and starts another one from the definition that launchd loaded. A
        service that is
        not loaded is loaded.
      - V(reloaded) unloads the service, waits until it is gone, and loads it from its property list. launchd never
        looks at a
        property list again by itself, so this is what a change of the file needs. A service with C(KeepAlive) true
        has to come
        up, others have to be loaded.
      - At least one of O(state) and O(enabled) is required.
    type: str
    choices: [started, loaded, stopped, restarted, reloaded]
  enabled:
    description:
      - Whether launchd may load the service, now and at every boot or login. This is launchd's own override
        (C(launchctl enable) and C(disable)), which outlives reboots and rewritten property lists. It has nothing to
        do with
        C(RunAtLoad).
      - Enabling comes before anything else, disabling after everything else. Disabling alone does not stop a service.
    type: bool
  timeout:
    description:
      - Seconds that each wait may take, that is until a service is gone, until it is loaded, and until it has a
        process.
    type: int
    default: 30
  settle:
    description:
      - Seconds that a process which the module started has to stay up before the task is done.
      - It costs nothing where the service is running already.
    type: float
    default: 1.0
  reload_changed:
    description:
      - Whether O(state=started) and O(state=loaded) reload a service of which launchd has loaded another definition
        than its property list holds, as RV(definition_differs) tells. Otherwise that is only a warning.
      - It makes up for a play that stopped between the task that wrote the property list and the handler that was to
        reload the service, which the next play does not notify again.
    type: bool
    default: false
extends_documentation_fragment:
  - remote_ollama.mac.attributes
notes:
  - launchd never looks at a property list again by itself. Notify O(state=reloaded) when the file changes, and let
    O(reload_changed) catch what a play that was cut short has left behind.
  - Compared with the property list are the program, its arguments, C(EnvironmentVariables) and, where launchd shows
    them, C(WorkingDirectory), C(StandardOutPath), C(StandardErrorPath) and C(UserName). Of a change to any other key
    launchd shows too little. A variable that was taken out of the property list is noticed only where another one
    whose name begins with the same word, like C(OLLAMA_), is still in it, for launchd adds variables of its own.
  - C(launchctl print) is declared no stable interface by Apple. The module reads only the service's state, pid, runs,
    how it last ended, and the definition; what it cannot read is returned as null.
  - Needs macOS 11 or newer.
seealso:
  - module: ansible.builtin.systemd_service
  - module: community.general.launchd
  - name: launchd.plist(5)
    description: The keys of a property list, on any Mac by C(man launchd.plist).
    link: https://keith.github.io/xcode-man-pages/launchd.plist.5.html
author:
  - The remote_ollama.mac contributors (@remote-ollama)
"""

EXAMPLES = r"""
- name: Run Ollama now and after every boot
  remote_ollama.mac.launchctl:
    name: com.ollama
    state: started
    enabled: true
  become: true

- name: Write the property list of HAProxy
  ansible.builtin.copy:
    content: "{{ haproxy_plist | remote_ollama.mac.to_plist }}"
    dest: /Library/LaunchDaemons/com.haproxy.plist
    owner: root
    group: wheel
    mode: "0644"
    validate: plutil -lint %s
  become: true
  notify: Reload HAProxy

# among the handlers
- name: Reload HAProxy
  remote_ollama.mac.launchctl:
    name: com.haproxy
    state: reloaded
  become: true

# where the play before this one may have stopped before its handlers ran
- name: Run HAProxy as its property list says now
  remote_ollama.mac.launchctl:
    name: com.haproxy
    state: started
    reload_changed: true
  become: true

- name: Make a nightly job known to launchd, which starts it when its time comes
  remote_ollama.mac.launchctl:
    name: org.example.backup
    state: loaded
    enabled: true
  become: true

- name: Start a LaunchAgent in the session of the person at the screen
  remote_ollama.mac.launchctl:
    name: org.example.menubar
    domain: gui
    state: started

- name: Stop a service and keep it from coming back at the next boot
  remote_ollama.mac.launchctl:
    name: homebrew.mxcl.ollama
    state: stopped
    enabled: false
  become: true
"""

RETURN = r"""
name:
  description: The service's label.
  returned: always
  type: str
  sample: com.ollama
target:
  description: The service as launchctl addresses it.
  returned: always
  type: str
  sample: system/com.ollama
plist:
  description: The property list that is, or would be, loaded.
  returned: always
  type: str
  sample: /Library/LaunchDaemons/com.ollama.plist
loaded:
  description: Whether launchd knows the service. In check mode as it would be afterwards.
  returned: always
  type: bool
  sample: true
running:
  description:
    - Whether the service has a process. In check mode as it would be afterwards, null where that cannot be known.
  returned: always
  type: bool
  sample: true
enabled:
  description: Whether launchd may load the service. In check mode as it would be afterwards.
  returned: always
  type: bool
  sample: true
pid:
  description: The process, null where there is none. In check mode null where the task would change the process.
  returned: always
  type: int
  sample: 612
last_exit_status:
  description: How the run before the present one ended, null where there was none or where a signal ended it.
  returned: always
  type: int
  sample: 0
definition_differs:
  description:
    - Whether launchd has loaded another definition than the property list holds. In check mode as it would be
      afterwards.
    - Null where the service is not loaded, where there is no property list, and where what C(launchctl print) shows
      cannot be compared with it.
  returned: always
  type: bool
  sample: false
commands:
  description: The commands that changed something, in order; in check mode those that would have been run.
  returned: always
  type: list
  elements: list
  sample:
    - [/bin/launchctl, enable, system/com.ollama]
    - [/bin/launchctl, bootstrap, system, /Library/LaunchDaemons/com.ollama.plist]
rc:
  description: Exit status of the command that failed.
  returned: when a command failed
  type: int
  sample: 125
argv:
  description: The command that failed.
  returned: when a command failed
  type: list
  elements: str
  sample: [/bin/launchctl, bootstrap, gui/501, /Users/ada/Library/LaunchAgents/org.example.menubar.plist]
stderr_tail:
  description: What the service last wrote to its C(StandardErrorPath) since it was started.
  returned: when a service did not stay up
  type: str
  sample: "Error: listen tcp 127.0.0.1:11434: bind: address already in use"
"""

import os
import pwd
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import ToolError, module_runner
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd import planning, plist
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.client import Launchctl
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.planning import Wanted
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.service import Service
from ansible_collections.remote_ollama.mac.plugins.module_utils.waiting import Deadline

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True, "aliases": ["label"]},
    "plist": {"type": "path"},
    "domain": {"type": "str", "choices": ["system", "gui", "user"], "default": "system"},
    "user": {"type": "str"},
    "state": {"type": "str", "choices": ["started", "loaded", "stopped", "restarted", "reloaded"]},
    "enabled": {"type": "bool"},
    "timeout": {"type": "int", "default": 30},
    "settle": {"type": "float", "default": 1.0},
    "reload_changed": {"type": "bool", "default": False},
}


def person(name: str | None, uid: int, environment: t.Mapping[str, str]) -> pwd.struct_passwd:
    """Whose domain it is: the named one, else who Ansible logged in as, whom sudo tells about.

    :raises ToolError: there is no such account, or root has no one behind it
    """
    try:
        if name is not None:
            return pwd.getpwnam(name)
        if uid == 0:
            uid = int(environment.get("SUDO_UID", "0"))
        found = pwd.getpwuid(uid)
    except KeyError:
        raise ToolError(f"This Mac has no account {name if name is not None else uid}.") from None
    if found.pw_uid == 0:
        raise ToolError("root has no gui or user domain of its own here; say whose is meant with the option user.")
    return found


def predicted_running(state: str | None, steps: list[str], now: bool, content: dict[str, t.Any]) -> bool | None:
    """For check mode: would it have a process afterwards? None where the property list is not there to tell."""
    if planning.BOOTSTRAP not in steps:
        return planning.BOOTOUT not in steps and (now or planning.KICKSTART in steps or planning.RESTART in steps)
    if state in ("started", "restarted"):
        return True
    return plist.starts_by_itself(content) if content else None


def difference(before: dict[str, t.Any], after: dict[str, t.Any], wanted: Wanted) -> dict[str, t.Any]:
    """Only what the task is about, so that check mode and the real run show the same."""
    keys = ["enabled"] if wanted.enabled is not None else []
    keys += ["loaded"] if wanted.state is not None else []
    keys += ["running"] if wanted.state in ("started", "stopped", "restarted") else []
    if wanted.reload_changed and wanted.state in ("started", "loaded") and before["definition_differs"]:
        keys.append("definition_differs")
    return {"before": {key: before[key] for key in keys}, "after": {key: after[key] for key in keys}}


def snapshot(service: Service) -> dict[str, t.Any]:
    job = service.job
    return {
        "loaded": job is not None,
        "running": job is not None and job.running,
        "enabled": not service.disabled,
        "pid": job.pid if job is not None else None,
        "last_exit_status": job.last_exit_status if job is not None else None,
        "definition_differs": service.definition_differs,
    }


def run(module: AnsibleModule) -> dict[str, t.Any]:
    options = module.params
    label, domain = options["name"], options["domain"]
    if options["plist"] is not None and not os.path.isabs(options["plist"]):
        raise ToolError(f"plist has to be an absolute path, not {options['plist']}.")
    uid, home = 0, "/var/root"
    if domain != "system":
        account = person(options["user"], os.getuid(), os.environ)
        uid, home = account.pw_uid, account.pw_dir
    path = options["plist"] or plist.default_path(label, domain, home)
    client = Launchctl(
        module_runner(module),
        module.get_bin_path("launchctl", required=True, opt_dirs=["/bin"]),
        domain if domain == "system" else f"{domain}/{uid}",
        label,
    )
    service = Service(client, path, domain, uid, lambda: Deadline(options["timeout"]), options["settle"])
    wanted = Wanted(options["state"], options["enabled"], options["reload_changed"])
    result: dict[str, t.Any] = {"name": label, "target": client.target, "plist": path}
    try:
        service.read()
        before = snapshot(service)
        steps = service.plan(wanted, module.check_mode)
        if module.check_mode:
            after = dict(before)
            if steps:
                after["loaded"] = planning.BOOTOUT not in steps or planning.BOOTSTRAP in steps
                after["loaded"] = after["loaded"] and (before["loaded"] or planning.BOOTSTRAP in steps)
                after["running"] = predicted_running(wanted.state, steps, before["running"], service.content)
                after["enabled"] = before["enabled"] if wanted.enabled is None else wanted.enabled
                if [step for step in steps if step not in (planning.ENABLE, planning.DISABLE)]:
                    after["pid"] = None
                if planning.BOOTSTRAP in steps:
                    after["definition_differs"] = False if service.content else None
                elif planning.BOOTOUT in steps:
                    after["definition_differs"] = None
            commands = service.commands(steps)
        else:
            service.apply(steps, wanted)
            after = snapshot(service)
            commands = client.writes
            if planning.BOOTSTRAP in steps and after["definition_differs"]:
                service.warnings.append(
                    f"launchd has just loaded {path}, and yet shows another definition of {client.target}. Either the "
                    "file was written again meanwhile, or this module misreads launchctl print; then leave "
                    "reload_changed out."
                )
    except ToolError as error:
        error.facts = dict(result, commands=client.writes, **error.facts)
        raise
    for warning in service.warnings:
        module.warn(warning)
    return dict(result, changed=bool(steps), commands=commands, diff=difference(before, after, wanted), **after)


def main() -> None:
    module = AnsibleModule(
        argument_spec=ARGUMENT_SPEC, required_one_of=[("state", "enabled")], supports_check_mode=True
    )
    try:
        result = run(module)
    except ToolError as error:
        module.fail_json(msg=error.message, **error.facts)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
