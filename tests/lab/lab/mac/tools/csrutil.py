"""csrutil status."""

from __future__ import annotations

from lab.mac import unknown


def main(arguments: list[str]) -> int:
    if arguments != ["status"]:
        unknown.refuse("csrutil", " ".join(arguments))
    print("System Integrity Protection status: enabled.")
    return 0
