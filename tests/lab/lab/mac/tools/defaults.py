"""defaults: one preference domain, which is one property list."""

from __future__ import annotations

import datetime
import os
import plistlib
import re
import sys
from pathlib import Path
from typing import Any

from lab.mac import unknown

_BARE = re.compile(r"[A-Za-z0-9]+")
_USAGE = "Command line interface to a user's defaults."


def main(arguments: list[str]) -> int:
    if not arguments:
        print(_USAGE)
        return 255
    verb, rest = arguments[0], arguments[1:]
    verbs = {"read": _read, "write": _write, "delete": _delete, "read-type": _read_type}
    if verb in verbs and rest:
        return verbs[verb](rest)
    return unknown.refuse("defaults", " ".join(arguments))


def _path(domain: str) -> Path:
    if domain.startswith(("/", "~")):
        path = os.path.expanduser(domain)
        return Path(path if path.endswith(".plist") else path + ".plist")
    name = ".GlobalPreferences" if domain in ("-g", "-globalDomain", "NSGlobalDomain") else domain
    return Path.home() / "Library/Preferences" / f"{name}.plist"


def _load(domain: str) -> dict[str, Any]:
    path = _path(domain)
    return plistlib.loads(path.read_bytes()) if path.exists() else {}


def _complain(text: str) -> int:
    now = datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    print(f"{now} defaults[{os.getpid()}:{os.getpid() * 47}] \n{text}", file=sys.stderr)
    return 1


def _shown_domain(domain: str) -> str:
    return domain.removesuffix(".plist") if domain.startswith("/") else domain


def _read(arguments: list[str]) -> int:
    domain = arguments[0]
    if not _path(domain).exists():
        if len(arguments) > 1:
            return _missing(domain, arguments[1])
        return _complain(f"Domain {_shown_domain(domain)} does not exist")
    values = _load(domain)
    if len(arguments) == 1:
        print(old_style(values))
        return 0
    if arguments[1] not in values:
        return _missing(domain, arguments[1])
    value = values[arguments[1]]
    print(value if isinstance(value, str) else old_style(value))
    return 0


def _missing(domain: str, key: str) -> int:
    return _complain(f"The domain/default pair of ({_shown_domain(domain)}, {key}) does not exist")


def _read_type(arguments: list[str]) -> int:
    values = _load(arguments[0])
    if arguments[1] not in values:
        return _missing(arguments[0], arguments[1])
    value = values[arguments[1]]
    names = {
        bool: "boolean",
        int: "integer",
        float: "float",
        str: "string",
        list: "array",
        dict: "dictionary",
        bytes: "data",
    }
    print(f"Type is {names[type(value)]}")
    return 0


def _write(arguments: list[str]) -> int:
    domain, key, words = arguments[0], arguments[1] if len(arguments) > 1 else "", arguments[2:]
    if not words:
        unknown.refuse("defaults", f"write {' '.join(arguments)}")
    values = _load(domain)
    values[key] = _value(words, values.get(key))
    _save(domain, values)
    return 0


def _value(words: list[str], current: Any) -> Any:
    kind, rest = (words[0], words[1:]) if words[0].startswith("-") and len(words[0]) > 1 else ("-string", words)
    if kind in ("-bool", "-boolean"):
        return rest[0].lower() in ("true", "yes", "1")
    if kind in ("-int", "-integer"):
        return int(rest[0])
    if kind == "-float":
        return float(rest[0])
    if kind == "-string":
        return rest[0]
    if kind == "-array":
        return rest
    if kind == "-array-add":
        return [*(current if isinstance(current, list) else []), *rest]
    if kind in ("-dict", "-dict-add"):
        added = dict(zip(rest[::2], rest[1::2], strict=True))
        return {**(current if kind == "-dict-add" and isinstance(current, dict) else {}), **added}
    return unknown.refuse("defaults", f"write {kind}")


def _delete(arguments: list[str]) -> int:
    domain = arguments[0]
    values = _load(domain)
    if len(arguments) == 1:
        if not _path(domain).exists():
            return _complain(f"Domain ({_shown_domain(domain)}) not found.\nDefaults have not been changed.")
        _path(domain).unlink()
        return 0
    if arguments[1] not in values:
        return _complain(f"Domain ({_shown_domain(domain)}) not found.\nDefaults have not been changed.")
    del values[arguments[1]]
    _save(domain, values)
    return 0


def _save(domain: str, values: dict[str, Any]) -> None:
    path = _path(domain)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(plistlib.dumps(values, fmt=plistlib.FMT_BINARY))
    except OSError:
        sys.exit(_complain(f"Could not write domain {_shown_domain(domain)}; exiting"))


def old_style(value: Any, depth: int = 0) -> str:
    """The property list of NeXT's days."""
    inner, outer = "    " * (depth + 1), "    " * depth
    if isinstance(value, dict):
        rows = [f"{inner}{quoted(key)} = {old_style(item, depth + 1)};\n" for key, item in sorted(value.items())]
        return "{\n" + "".join(rows) + outer + "}"
    if isinstance(value, list):
        return "(\n" + ",\n".join(f"{inner}{old_style(item, depth + 1)}" for item in value) + f"\n{outer})"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bytes):
        return f"{{length = {len(value)}, bytes = 0x{value.hex()}}}"
    if isinstance(value, datetime.datetime):
        return value.strftime('"%Y-%m-%d %H:%M:%S +0000"')
    return str(value)


def quoted(text: str) -> str:
    """A string as old property lists show it: bare only when nothing in it is special."""
    if _BARE.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
