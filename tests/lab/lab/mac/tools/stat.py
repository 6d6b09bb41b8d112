"""stat with BSD's formats."""

from __future__ import annotations

import grp
import os
import pwd
import re
import stat as mode_bits
import sys
import time

from lab.mac import client, options, unknown

_USAGE = "usage: stat [-FLnq] [-f format | -l | -r | -s | -x] [-t timefmt] [file|handle ...]"
_DEFAULT = '%d %i %Sp %l %Su %Sg %r %z "%Sa" "%Sm" "%Sc" "%SB" %k %b %#Xf %N'
_LONG = "%Sp %l %Su %Sg %Z %Sm %N%SY"
_SHELL = ("st_dev=%d st_ino=%i st_mode=%#p st_nlink=%l st_uid=%u st_gid=%g st_rdev=%r st_size=%z st_atime=%a "
          "st_mtime=%m st_ctime=%c st_birthtime=%B st_blksize=%k st_blocks=%b st_flags=%f")  # fmt: skip
_FIELD = re.compile(r"%([#+\-0 ]*)(\d+)?(?:\.(\d+))?([DOUXFS])?([HML])?([a-zA-Z%@])")
_TIME = "%b %e %T %Y"


def main(arguments: list[str]) -> int:
    flags, paths = options.parse("stat", arguments, "f:FLlnqrst:x", _USAGE)
    if set(flags) & {"r", "x", "F"}:
        unknown.refuse("stat", " ".join(arguments))
    shape = flags.get("f", _LONG if "l" in flags else _SHELL if "s" in flags else _DEFAULT)
    end = "" if "n" in flags else "\n"
    failures = 0
    for path in paths or [""]:
        try:
            status = os.fstat(0) if not path else os.stat(path) if "L" in flags else os.lstat(path)
        except OSError as error:
            failures = 1
            if "q" not in flags:
                print(f"stat: {path}: {'lstat' if 'L' not in flags else 'stat'}: {error.strerror}", file=sys.stderr)
            continue
        sys.stdout.write(render(shape, path or "(stdin)", status, flags.get("t", _TIME)) + end)
    return failures


def render(shape: str, path: str, status: os.stat_result, time_format: str) -> str:
    def field(match: re.Match[str]) -> str:
        flags, width, precision, output, part, letter = match.groups()
        if letter == "%":
            return "%"
        text = _field(letter, output or "", part or "", path, status, time_format, "#" in flags)
        if precision is not None and output == "S":
            text = text[: int(precision)]
        if width:
            text = text.ljust(int(width)) if "-" in flags else text.rjust(int(width), "0" if "0" in flags else " ")
        return text

    return _FIELD.sub(field, shape).replace("\\n", "\n")


def _owner(path: str, status: os.stat_result) -> int:
    """The screen belongs to whoever is logged in at it. Only launchd knows; /dev is the machine's own."""
    if os.path.realpath(path) == "/dev/console":
        user = client.request(client.SOCKET, {"op": "console"})["user"]
        return pwd.getpwnam(user).pw_uid if user else 0
    return status.st_uid


def _field(letter: str, output: str, part: str, path: str, status: os.stat_result, times: str, alternate: bool) -> str:
    strings = output == "S"
    if letter == "u":
        uid = _owner(path, status)
        return _user(uid) if strings else str(uid)
    if letter == "g":
        return _group(status.st_gid) if strings else str(status.st_gid)
    if letter == "p":
        return _permissions(status.st_mode, output, part, alternate)
    if letter in "amcB":
        seconds = {"a": status.st_atime, "m": status.st_mtime, "c": status.st_ctime, "B": status.st_ctime}[letter]
        if output == "F":
            return f"{seconds:.9f}"
        return time.strftime(times, time.localtime(seconds)) if strings else str(int(seconds))
    if letter == "N":
        return path
    if letter == "Y":
        return f" -> {os.readlink(path)}" if mode_bits.S_ISLNK(status.st_mode) else ""
    if letter == "T":
        return _type(status.st_mode, long=part == "H")
    if letter == "R":
        return os.path.realpath(path)
    numbers = {
        "d": status.st_dev, "i": status.st_ino, "l": status.st_nlink, "z": status.st_size, "b": status.st_blocks,
        "k": status.st_blksize, "r": status.st_rdev, "f": 0, "Z": status.st_size, "v": 0,
    }  # fmt: skip
    if letter not in numbers:
        unknown.refuse("stat", f"the format %{output}{part}{letter}")
    number = numbers[letter]
    return {"X": f"{number:x}", "O": f"{number:o}"}.get(output, str(number))


def _permissions(mode: int, output: str, part: str, alternate: bool) -> str:
    if output == "S":
        text = mode_bits.filemode(mode)
        return {"H": text[1:4], "M": text[4:7], "L": text[7:10]}.get(part, text)
    number = {"H": mode >> 12, "M": mode >> 9 & 0o7, "L": mode & 0o777}.get(part, mode)
    if output == "D":
        return str(number)
    return f"0{number:o}" if alternate else f"{number:o}"


def _type(mode: int, long: bool) -> str:
    for test, words, letter in (
        (mode_bits.S_ISDIR, "Directory", "/"),
        (mode_bits.S_ISLNK, "Symbolic Link", "@"),
        (mode_bits.S_ISFIFO, "Fifo File", "|"),
        (mode_bits.S_ISSOCK, "Socket", "="),
        (mode_bits.S_ISCHR, "Character Device", ""),
        (mode_bits.S_ISBLK, "Block Device", ""),
    ):
        if test(mode):
            return words if long else letter
    return "Regular File" if long else "*" if mode & 0o111 else ""


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
