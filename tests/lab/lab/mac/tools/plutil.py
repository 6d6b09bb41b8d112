"""plutil."""

from __future__ import annotations

import base64
import datetime
import json
import plistlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.parsers import expat

from lab.mac import unknown

_TAGS = {"plist", "dict", "key", "array", "string", "integer", "real", "true", "false", "date", "data"}
_USAGE = (
    "plutil: [command_option] [other_options] file...\n"
    "The file '-' means stdin\n"
    "Command options are (-lint is the default):\n"
    " -help                         show this message and exit\n"
    " -lint                         check the property list files for syntax errors\n"
    " -convert fmt                  rewrite property list files in format\n"
    " -p                            print property list in a human-readable fashion"
)


class NotAPlist(Exception):
    """The sentence that plutil has for it."""


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] == "-help":
        print(_USAGE)
        return 0 if arguments else 1
    verbs = {"-lint": _lint, "-convert": _convert, "-p": _print, "-extract": _extract, "-remove": _remove}
    if arguments[0] in verbs:
        return verbs[arguments[0]](arguments[1:])
    if arguments[0] in ("-insert", "-replace"):
        return _edit(arguments[0], arguments[1:])
    if arguments[0].startswith("-") and arguments[0] not in ("-", "-s"):
        if arguments[0] in ("-create", "-type"):
            unknown.refuse("plutil", " ".join(arguments))
        print(f"{arguments[0]}: unrecognized option\n{_USAGE}")
        return 1
    return _lint(arguments)


def parse(data: bytes) -> Any:
    """Stricter than plistlib: Apple's parser takes no element that it does not know, nor an empty file."""
    if data.startswith(b"bplist"):
        try:
            return plistlib.loads(data)
        except (plistlib.InvalidFileException, ValueError, IndexError, OverflowError) as error:
            raise NotAPlist("Invalid binary property list") from error
    if not data.strip():
        raise NotAPlist("Conversion of string failed. The string is empty.")
    text = data.decode("utf-8", "replace")
    start = text.lstrip()
    if not start.startswith("<"):
        line = text[: len(text) - len(start)].count("\n") + 1
        raise NotAPlist(f"Unexpected character {start[0]} at line {line}")
    _check_elements(data)
    try:
        return plistlib.loads(data)
    except (plistlib.InvalidFileException, ValueError, expat.ExpatError) as error:
        raise NotAPlist(f"Encountered improper value: {error}") from error


def _check_elements(data: bytes) -> None:
    parser = expat.ParserCreate()

    def begin(name: str, _attributes: dict[str, str]) -> None:
        if name not in _TAGS:
            raise NotAPlist(f"Encountered unknown tag {name} on line {parser.CurrentLineNumber}")

    parser.StartElementHandler = begin
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        if "no element" in reason or "unclosed" in reason:
            raise NotAPlist("Encountered unexpected EOF") from error
        raise NotAPlist(f"Encountered {reason} on line {error.lineno}") from error


def _read(path: str) -> Any:
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise NotAPlist("file does not exist or is not readable or is not a regular file") from error
    return parse(data)


def _lint(arguments: list[str]) -> int:
    silent = "-s" in arguments
    paths = [argument for argument in arguments if argument not in ("-s", "--", "-lint")]
    if not paths:
        print("No files specified.")
        return 1
    status = 0
    for path in paths:
        shown = "<stdin>" if path == "-" else path
        try:
            _read(path)
        except NotAPlist as error:
            print(f"{shown}: ({error})" if "does not exist" not in str(error) else f"{shown}: {error}")
            status = 1
        else:
            if not silent:
                print(f"{shown}: OK")
    return status


def _options(arguments: list[str]) -> tuple[dict[str, str], list[str]]:
    options: dict[str, str] = {}
    paths = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument in ("-o", "-e"):
            options[argument] = waiting.pop(0)
        elif argument in ("-s", "-r", "-n"):
            options[argument] = ""
        elif argument == "--":
            continue
        else:
            paths.append(argument)
    return options, paths


def _serialised(value: Any, form: str, readable: bool = False) -> bytes:
    if form == "xml1":
        return plistlib.dumps(value)
    if form == "binary1":
        return plistlib.dumps(value, fmt=plistlib.FMT_BINARY)
    if form == "json":
        try:
            text = json.dumps(value, ensure_ascii=False, indent=2 if readable else None,
                              separators=(",", " : " if readable else ":"), sort_keys=readable)  # fmt: skip
        except TypeError as error:
            raise NotAPlist("Invalid object in plist for JSON format") from error
        return text.encode()
    if form in ("swift", "objc"):
        unknown.refuse("plutil", f"the format {form}")
    print(f"Unknown format specifier: {form}")
    raise SystemExit(1)


def _convert(arguments: list[str]) -> int:
    if not arguments:
        print("Missing format specifier for command.")
        return 1
    options, paths = _options(arguments[1:])
    for path in paths:
        try:
            result = _serialised(_read_any(path), arguments[0], "-r" in options)
        except NotAPlist as error:
            print(
                f"{path}: {'' if 'Invalid object' in str(error) else 'Property List error: '}{error}", file=sys.stderr
            )
            return 1
        output = options.get("-o", "-" if path == "-" else path)
        if output == "-":
            sys.stdout.buffer.write(result)
            sys.stdout.buffer.flush()
        else:
            target = Path(output).with_suffix("." + options["-e"]) if "-e" in options else Path(output)
            target.write_bytes(result)
    return 0


def _read_any(path: str) -> Any:
    """Converting also reads JSON."""
    data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes() if Path(path).is_file() else None
    if data is None:
        raise NotAPlist("file does not exist or is not readable or is not a regular file")
    if data.lstrip()[:1] in (b"{", b"["):
        try:
            return json.loads(data)
        except ValueError as error:
            raise NotAPlist(str(error)) from error
    return parse(data)


def _print(arguments: list[str]) -> int:
    for path in arguments:
        try:
            print(_shown(_read_any(path), 0))
        except NotAPlist as error:
            print(f"{path}: Property List error: {error}", file=sys.stderr)
            return 1
    return 0


def _shown(value: Any, depth: int) -> str:
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict):
        rows = [f'{inner}"{key}" => {_shown(item, depth + 1)}\n' for key, item in sorted(value.items())]
        return "{\n" + "".join(rows) + outer + "}"
    if isinstance(value, list):
        rows = [f"{inner}{index} => {_shown(item, depth + 1)}\n" for index, item in enumerate(value)]
        return "[\n" + "".join(rows) + outer + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bytes):
        return f"{{length = {len(value)}, bytes = 0x{value.hex()}}}"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S +0000")
    return str(value)


def _steps(value: Any, keypath: str) -> tuple[Any, Any]:
    """The container and the last key or index of a key path. Raises KeyError, IndexError or TypeError on the way."""
    parts = [part.replace("\0", ".") for part in keypath.replace("\\.", "\0").split(".")]
    for part in parts[:-1]:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value, int(parts[-1]) if isinstance(value, list) else parts[-1]


def _extract(arguments: list[str]) -> int:
    if len(arguments) < 3:
        print("Missing arguments for command.")
        return 1
    keypath, form = arguments[0], arguments[1]
    options, paths = _options(arguments[2:])
    try:
        container, last = _steps(_read_any(paths[0]), keypath)
        value = container[last]
    except NotAPlist as error:
        print(f"{paths[0]}: Property List error: {error}", file=sys.stderr)
        return 1
    except (KeyError, IndexError, TypeError, ValueError):
        print(f"{paths[0]}: Could not extract value, error: No value at that key path or invalid key path: {keypath}",
              file=sys.stderr)  # fmt: skip
        return 1
    if form == "raw":
        print(_raw(value), end="" if "-n" in options else "\n")
        return 0
    sys.stdout.buffer.write(_serialised(value, form))
    sys.stdout.buffer.flush()
    return 0


def _raw(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "\n".join(sorted(value))
    if isinstance(value, list):
        return str(len(value))
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value)


def _edit(verb: str, arguments: list[str]) -> int:
    keypath, kind = arguments[0], arguments[1]
    empty: dict[str, Any] = {"-array": [], "-dictionary": {}}
    text, rest = ("", arguments[2:]) if kind in empty else (arguments[2], arguments[3:])
    options, paths = _options(rest)
    readers: dict[str, Callable[[str], Any]] = {
        "-bool": lambda word: word.lower() in ("yes", "true", "1"),
        "-integer": int,
        "-float": float,
        "-string": str,
        "-json": json.loads,
        "-xml": lambda word: parse(word.encode()),
    }
    if kind not in readers and kind not in empty:
        unknown.refuse("plutil", f"{verb} {kind}")
    value = empty[kind] if kind in empty else readers[kind](text)

    def change(container: Any, last: Any) -> None:
        if isinstance(container, list) and verb == "-insert":
            container.insert(last, value)
        else:
            container[last] = value

    return _changed(paths, keypath, options, change)


def _remove(arguments: list[str]) -> int:
    options, paths = _options(arguments[1:])

    def change(container: Any, last: Any) -> None:
        del container[last]

    return _changed(paths, arguments[0], options, change)


def _changed(paths: list[str], keypath: str, options: dict[str, str], change: Any) -> int:
    for path in paths:
        try:
            tree = _read(path)
            change(*_steps(tree, keypath))
        except NotAPlist as error:
            print(f"{path}: Property List error: {error}", file=sys.stderr)
            return 1
        except (KeyError, IndexError, TypeError, ValueError):
            print(f"{path}: Could not modify plist, error: No value to remove at key path {keypath}", file=sys.stderr)
            return 1
        output = options.get("-o", path)
        if output == "-":
            sys.stdout.buffer.write(plistlib.dumps(tree))
            sys.stdout.buffer.flush()
        else:
            Path(output).write_bytes(plistlib.dumps(tree))
    return 0
