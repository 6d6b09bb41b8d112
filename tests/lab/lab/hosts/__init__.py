"""Hosts: namespaces over the machine's own root, each with a supervisor that outlives the command."""
