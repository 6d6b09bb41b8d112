"""An Ansible inventory of the lab's Macs."""

from __future__ import annotations

from typing import Any

from lab import addresses
from lab.hosts.mac import ASKS_FOR_PASSWORD
from lab.settings import KEYS, SOURCE
from lab.tailnet import headscale

# The lab's Macs are new each time, so are their host keys; nobody but the lab can be at these addresses.
_SSH_ARGUMENTS = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes"


def inventory(macs: int, *, password: bool = True) -> dict[str, Any]:
    """For `ansible-playbook -i`. Without ``password`` the one Mac that asks for it needs --ask-become-pass."""
    hosts: dict[str, Any] = {}
    for name in addresses.mac_names(macs):
        hosts[name] = {"ansible_host": addresses.address_of(name).v4}
        if password and name == ASKS_FOR_PASSWORD:
            hosts[name]["ansible_become_password"] = f"{{{{ lookup('ansible.builtin.file', '{KEYS}/sudo_password') }}}}"
    return {
        "macs": {
            "hosts": hosts,
            "vars": {
                "ansible_user": "admin",
                "ansible_ssh_private_key_file": str(KEYS / "id_ed25519"),
                "ansible_ssh_executable": str(SOURCE / "bin" / "lab-ssh"),
                "ansible_sftp_executable": str(SOURCE / "bin" / "lab-sftp"),
                "ansible_ssh_common_args": _SSH_ARGUMENTS,
                "ansible_python_interpreter": "/usr/bin/python3",
                "tailscale_login_server": headscale.URL,
                "tailscale_auth_key_file": str(KEYS / "mac.key"),
            },
        }
    }
