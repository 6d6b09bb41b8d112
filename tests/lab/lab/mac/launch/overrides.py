"""What `launchctl enable` and `disable` leave behind: kept on disk, never deleted by any verb."""

from __future__ import annotations

import os
import plistlib
from pathlib import Path

DIRECTORY = "var/db/com.apple.xpc.launchd"


class Overrides:
    """Label to disabled, for the system (``uid`` None) or for one user's gui and user domains together."""

    def __init__(self, root: Path, uid: int | None) -> None:
        name = "disabled.plist" if uid is None else f"disabled.{uid}.plist"
        self._path = root / DIRECTORY / name
        self.entries: dict[str, bool] = {}
        if self._path.exists():
            self.entries = dict(plistlib.loads(self._path.read_bytes()))

    def set(self, label: str, disabled: bool) -> None:
        if self.entries.get(label) is disabled:
            return
        self.entries[label] = disabled
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".new")
        temporary.write_bytes(plistlib.dumps(self.entries))
        temporary.chmod(0o644)
        os.replace(temporary, self._path)

    def disabled(self, label: str, by_definition: bool) -> bool:
        return self.entries.get(label, by_definition)
