"""md5."""

from __future__ import annotations

import hashlib
import sys

from lab.mac import options


def main(arguments: list[str]) -> int:
    flags, paths = options.parse("md5", arguments, "pqrs:tx", "usage: md5 [-pqrtx] [-c string] [-s string] [files ...]")
    if "s" in flags:
        digest = hashlib.md5(flags["s"].encode(), usedforsecurity=False).hexdigest()
        print(digest if "q" in flags else f'MD5 ("{flags["s"]}") = {digest}')
        return 0
    if not paths:
        print(hashlib.md5(sys.stdin.buffer.read(), usedforsecurity=False).hexdigest())
        return 0
    status = 0
    for path in paths:
        try:
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "md5").hexdigest()
        except OSError as error:
            print(f"md5: {path}: {error.strerror}", file=sys.stderr)
            status = 1
            continue
        print(digest if "q" in flags else f"{digest} {path}" if "r" in flags else f"MD5 ({path}) = {digest}")
    return status
