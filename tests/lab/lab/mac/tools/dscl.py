"""dscl over the local node."""

from __future__ import annotations

import os
import sys

from lab.mac import unknown
from lab.mac.accounts import HASH_ATTRIBUTE, HASHED, Directory, Record, generated_uid, hash_password
from lab.mac.tools.defaults import quoted

_NOT_FOUND, _PERMISSION = (56, "-14136 (eDSRecordNotFound)"), (40, "-14120 (eDSPermissionError)")
_HIDDEN = {HASH_ATTRIBUTE}


class Failed(Exception):
    """A directory services error: exit status and text."""

    def __init__(self, error: tuple[int, str], *before: str) -> None:
        super().__init__(error[1])
        self.status = error[0]
        self.lines = [*before, f"<dscl_cmd> DS Error: {error[1]}"]


def main(arguments: list[str]) -> int:
    waiting = [argument for argument in arguments if argument != "-q"]
    if waiting and waiting[0] in ("-plist", "-raw", "-url", "-u", "-p"):
        unknown.refuse("dscl", " ".join(arguments))
    if len(waiting) < 2 or waiting[0] not in (".", "localhost", "/Local/Default", "localonly"):
        unknown.refuse("dscl", " ".join(arguments) or "its interactive mode")
    verb, rest = waiting[1].lstrip("-").lower(), waiting[2:]
    verbs = {"list": _list, "ls": _list, "read": _read, "cat": _read, "create": _create, "append": _append,
             "merge": _merge, "delete": _delete, "change": _change, "search": _search, "passwd": _passwd}  # fmt: skip
    if verb not in verbs or not rest:
        unknown.refuse("dscl", " ".join(arguments))
    try:
        verbs[verb](rest)
    except Failed as error:
        print("\n".join(error.lines), file=sys.stderr)
        return error.status
    return 0


def _split(path: str) -> tuple[str, str]:
    """Kind and record name of /Users/admin; the name may be empty."""
    parts = path.removeprefix("/Local/Default").strip("/").split("/", 1)
    kind = parts[0].capitalize()
    if kind not in ("Users", "Groups"):
        unknown.refuse("dscl", f"the path {path}")
    return kind, parts[1] if len(parts) > 1 else ""


def _record(directory: Directory, path: str) -> Record:
    kind, name = _split(path)
    found = directory.records[kind].get(name)
    if found is None:
        raise Failed(_NOT_FOUND)
    return found


def _writable() -> Directory:
    if os.geteuid() != 0:
        raise Failed(_PERMISSION, "<main> attribute status: eDSPermissionError")
    return Directory.load()


def _key(name: str) -> str:
    return name.removeprefix("dsAttrTypeStandard:").removeprefix("dsAttrTypeNative:")


def _node() -> Directory:
    """opendirectoryd shows everybody what is not secret."""
    return Directory.load()


def _list(arguments: list[str]) -> None:
    directory = _node()
    kind, name = _split(arguments[0])
    if name:
        _record(directory, arguments[0])
        return
    records = directory.records[kind]
    if len(arguments) == 1:
        for record in sorted(records):
            print(record)
        return
    key = _key(arguments[1])
    width = max((len(record) for record in records), default=0) + 2
    for record in sorted(records):
        if values := records[record].get(key):
            print(f"{record:<{width}}{' '.join(values)}")


def _read(arguments: list[str]) -> None:
    record = _record(_node(), arguments[0])
    keys = [_key(key) for key in arguments[1:]] or sorted(key for key in record if key not in _HIDDEN)
    for key in keys:
        if not record.get(key):
            print(f"No such key: {key}", file=sys.stderr)
        elif any(" " in value for value in record[key]):
            print(f"{key}:")
            for value in record[key]:
                print(f" {value}")
        else:
            print(f"{key}: {' '.join(record[key])}")


def _create(arguments: list[str]) -> None:
    directory = _writable()
    kind, name = _split(arguments[0])
    records = directory.records[kind]
    record = records.get(name)
    if record is None:
        free = next(n for n in range(100000, 1 << 31) if generated_uid(kind, n) not in
                    {r["GeneratedUID"][0] for r in records.values() if "GeneratedUID" in r})  # fmt: skip
        record = records[name] = {"GeneratedUID": [generated_uid(kind, free)], "RecordName": [name]}
        if kind == "Users":
            record["UserShell"] = ["/usr/bin/false"]
            record["Password"] = ["*"]
    if len(arguments) > 1:
        key = _key(arguments[1])
        record[key] = list(arguments[2:])
        if key == "Password":
            record.pop(HASH_ATTRIBUTE, None)
    directory.save()


def _append(arguments: list[str]) -> None:
    directory = _writable()
    record = _record(directory, arguments[0])
    record.setdefault(_key(arguments[1]), []).extend(arguments[2:])
    directory.save()


def _merge(arguments: list[str]) -> None:
    directory = _writable()
    values = _record(directory, arguments[0]).setdefault(_key(arguments[1]), [])
    values.extend(value for value in arguments[2:] if value not in values)
    directory.save()


def _delete(arguments: list[str]) -> None:
    directory = _writable()
    record = _record(directory, arguments[0])
    kind, name = _split(arguments[0])
    if len(arguments) == 1:
        del directory.records[kind][name]
    else:
        key = _key(arguments[1])
        if key not in record:
            raise Failed((55, "-14135 (eDSAttributeNotFound)"))
        kept = [value for value in record[key] if value not in arguments[2:]] if len(arguments) > 2 else []
        if kept:
            record[key] = kept
        else:
            del record[key]
    directory.save()


def _change(arguments: list[str]) -> None:
    directory = _writable()
    record = _record(directory, arguments[0])
    key, old, new = _key(arguments[1]), arguments[2], arguments[3]
    if old not in record.get(key, []):
        raise Failed((54, "-14134 (eDSAttributeValueNotFound)"))
    record[key] = [new if value == old else value for value in record[key]]
    if key == "RecordName":
        kind, name = _split(arguments[0])
        directory.records[kind][new] = directory.records[kind].pop(name)
    directory.save()


def _search(arguments: list[str]) -> None:
    kind, _ = _split(arguments[0])
    key, wanted = _key(arguments[1]), arguments[2]
    for name, record in _node().records[kind].items():
        if wanted in record.get(key, []):
            shown = ",\n".join(f"    {quoted(value)}" for value in record[key])
            print(f"{name}\t\t{key} = (\n{shown}\n)")


def _passwd(arguments: list[str]) -> None:
    if len(arguments) != 2:
        unknown.refuse("dscl", f"-passwd {' '.join(arguments)}")
    directory = _writable()
    record = _record(directory, arguments[0])
    record["Password"] = [HASHED]
    record[HASH_ATTRIBUTE] = [hash_password(arguments[1])]
    directory.save()
