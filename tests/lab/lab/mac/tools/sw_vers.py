"""sw_vers, from the same file that the real one reads."""

from __future__ import annotations

import plistlib
import sys
from pathlib import Path

_KEYS = {"productname": "ProductName", "productversion": "ProductVersion", "buildversion": "ProductBuildVersion"}


def main(arguments: list[str]) -> int:
    version = plistlib.loads(Path("/System/Library/CoreServices/SystemVersion.plist").read_bytes())
    if not arguments:
        print(f"ProductName:\t\t{version['ProductName']}")
        print(f"ProductVersion:\t\t{version['ProductVersion']}")
        print(f"BuildVersion:\t\t{version['ProductBuildVersion']}")
        return 0
    wanted = arguments[0].lstrip("-").lower()
    if len(arguments) > 1 or wanted not in _KEYS or not arguments[0].startswith("-"):
        print(
            "Usage: sw_vers [--help|--productName|--productVersion|--productVersionExtra|--buildVersion]",
            file=sys.stderr,
        )
        return 1
    print(version[_KEYS[wanted]])
    return 0
