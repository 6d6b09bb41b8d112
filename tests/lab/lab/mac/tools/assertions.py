"""Who keeps the Mac awake: what running caffeinates have left in the folder of assertions."""

from __future__ import annotations

import dataclasses
import json
import os

from lab.mac.tools.caffeinate import ASSERTIONS


@dataclasses.dataclass(frozen=True)
class Assertion:
    pid: int
    name: str
    kinds: tuple[str, ...]
    since: float

    @property
    def keeps_system_awake(self) -> bool:
        return bool({"PreventUserIdleSystemSleep", "PreventSystemSleep"} & set(self.kinds))

    @property
    def keeps_display_awake(self) -> bool:
        return bool({"PreventUserIdleDisplaySleep", "UserIsActive"} & set(self.kinds))


def held() -> list[Assertion]:
    """An assertion of a process that is gone does not count."""
    found = []
    names = os.listdir(ASSERTIONS) if ASSERTIONS.is_dir() else []
    for pid in sorted(int(name) for name in names):
        if not os.path.exists(f"/proc/{pid}"):
            continue
        content = json.loads((ASSERTIONS / str(pid)).read_text(encoding="utf-8"))
        found.append(Assertion(pid, content["name"], tuple(content["kinds"]), content["since"]))
    return found
