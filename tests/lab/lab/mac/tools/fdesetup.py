"""fdesetup: whether the disk is encrypted."""

from __future__ import annotations

from lab.mac import spec, unknown


def main(arguments: list[str]) -> int:
    on = spec.load().filevault
    if arguments == ["status"]:
        print(f"FileVault is {'On' if on else 'Off'}.")
        return 0
    if arguments == ["isactive"]:
        print("true" if on else "false")
        return 0 if on else 1
    return unknown.refuse("fdesetup", " ".join(arguments))
