"""base64 with Apple's flags. Lines are not broken unless -b says so."""

from __future__ import annotations

import binascii
import sys
from pathlib import Path

from lab.mac import options

_USAGE = "Usage:\tbase64 [-Ddh] [-b num] [-i in_file] [-o out_file]"
_LONG = {"--decode": "-D", "--input": "-i", "--output": "-o", "--break": "-b", "--help": "-h"}


def main(arguments: list[str]) -> int:
    arguments = [_LONG.get(argument, argument) for argument in arguments]
    flags, operands = options.parse("base64", arguments, "Ddhb:i:o:w:", _USAGE, 64)
    source = flags.get("i") or (operands[0] if operands else "-")
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        print(f"base64: Unable to open '{source}': {error.strerror}", file=sys.stderr)
        return 66
    if {"D", "d"} & flags.keys():
        try:
            result = binascii.a2b_base64(data)
        except binascii.Error:
            print("base64: error decoding base64 input stream", file=sys.stderr)
            return 65
    else:
        text = binascii.b2a_base64(data, newline=False)
        width = int(flags.get("b") or flags.get("w") or 0)
        result = b"\n".join(text[i : i + width] for i in range(0, len(text), width)) if width else text
        result += b"\n"
    if "o" in flags and flags["o"] != "-":
        with open(flags["o"], "wb") as file:
            file.write(result)
    else:
        sys.stdout.buffer.write(result)
        sys.stdout.buffer.flush()
    return 0
