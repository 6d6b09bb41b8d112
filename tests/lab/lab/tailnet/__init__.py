"""The tailnet: a real coordination server, and the hosts that are in it from the start."""
