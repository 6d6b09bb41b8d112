"""softwareupdate -l: this Mac is up to date."""

from __future__ import annotations

import sys

from lab.mac import unknown


def main(arguments: list[str]) -> int:
    if arguments not in (["-l"], ["--list"]):
        unknown.refuse("softwareupdate", " ".join(arguments))
    print("Software Update Tool\n\nFinding available software")
    print("No new software available.", file=sys.stderr)
    return 0
