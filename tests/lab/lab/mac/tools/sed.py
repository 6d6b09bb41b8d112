"""sed: GNU's program behind BSD's flags; -i takes its suffix as the next word."""

from __future__ import annotations

import os
import sys

_REAL = "/.lab/linux/bin/sed"
_USAGE = """usage: sed script [-EHalnru] [-i extension] [file ...]
       sed [-EHalnu] [-i extension] [-e script] ... [-f script_file] ... [file ...]"""


def main(arguments: list[str]) -> int:
    translated: list[str] = []
    waiting = list(arguments)
    script_given = False
    while waiting and waiting[0].startswith("-") and waiting[0] != "-":
        argument = waiting.pop(0)
        if argument == "--":
            break
        if argument.startswith("--"):
            return _illegal("-")
        letters = argument[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "Enrlsu":
                translated.append(f"-{'E' if letter == 'r' else letter}")
            elif letter == "a":
                continue  # files are opened late anyway
            elif letter in "efiI":
                value = letters or (waiting.pop(0) if waiting else None)
                if value is None:
                    print(f"sed: option requires an argument -- {letter}\n{_USAGE}", file=sys.stderr)
                    return 1
                letters = ""
                script_given = script_given or letter in "ef"
                translated += [f"-i{value}"] if letter in "iI" else [f"-{letter}", value]
            else:
                return _illegal(letter)
    if not script_given:
        if not waiting:
            print(_USAGE, file=sys.stderr)
            return 1
        script = waiting.pop(0)
        translated += ["-e", script]
    return os.execve(_REAL, ["sed", "--posix", *translated, "--", *waiting], {**os.environ, "POSIXLY_CORRECT": "1"})


def _illegal(letter: str) -> int:
    print(f"sed: illegal option -- {letter}\n{_USAGE}", file=sys.stderr)
    return 1
