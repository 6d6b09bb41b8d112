"""launchd: pid 1 of a simulated Mac. The texts, numbers and times are those of macOS 15 to 26."""
