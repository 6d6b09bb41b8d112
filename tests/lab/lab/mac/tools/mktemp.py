"""mktemp: -t takes a prefix, and there is no suffix."""

from __future__ import annotations

import os
import re
import secrets
import string
import sys

from lab.mac import options

_USAGE = """usage: mktemp [-d] [-p tmpdir] [-q] [-t prefix] [-u] template ...
       mktemp [-d] [-p tmpdir] [-q] [-u] -t prefix"""


def main(arguments: list[str]) -> int:
    flags, templates = options.parse("mktemp", arguments, "dp:qt:u", _USAGE)
    directory = flags.get("p") or os.environ.get("TMPDIR", "/tmp")
    if "t" in flags:
        templates.append(f"{directory}/{flags['t']}.XXXXXXXXXX")
    if not templates:
        templates = [f"{directory}/tmp.XXXXXXXXXX"]
    if "p" in flags and "t" not in flags:
        templates = [template if template.startswith("/") else f"{directory}/{template}" for template in templates]
    for template in templates:
        try:
            print(_made(template, "d" in flags, "u" in flags))
        except OSError as error:
            if "q" not in flags:
                print(
                    f"mktemp: mk{'d' if 'd' in flags else 's'}temp failed on {template}: {error.strerror}",
                    file=sys.stderr,
                )
            return 1
    return 0


def _made(template: str, directory: bool, only_name: bool) -> str:
    letters = string.ascii_letters + string.digits
    path = re.sub("X+$", lambda match: "".join(secrets.choice(letters) for _ in match[0]), template)
    if only_name:
        return path
    if directory:
        os.mkdir(path, 0o700)
    else:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    return path
