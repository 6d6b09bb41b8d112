"""The simulated Mac: what a role, Ansible or a person at the keyboard can tell from the outside."""
