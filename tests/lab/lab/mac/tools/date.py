"""date with BSD's flags: -r takes seconds, -v moves, -j -f reads."""

from __future__ import annotations

import datetime
import os
import re
import sys
import time
from typing import Any

from lab.mac import options, unknown

_USAGE = """usage: date [-jnRu] [-I[date|hours|minutes|seconds|ns]] [-f input_fmt]
            [ -z output_zone ] [-r filename|seconds] [-v[+|-]val[y|m|w|d|H|M|S]]
            [[[[mm]dd]HH]MM[[cc]yy][.SS] | new_date] [+output_fmt]"""
_UNITS = {"w": "weeks", "d": "days", "H": "hours", "M": "minutes", "S": "seconds"}
_ISO = {"date": "%Y-%m-%d", "hours": "%Y-%m-%dT%H%z", "minutes": "%Y-%m-%dT%H:%M%z", "seconds": "%Y-%m-%dT%H:%M:%S%z"}


def main(arguments: list[str]) -> int:
    moves = []
    iso = None
    kept = []
    for argument in arguments:
        if argument.startswith("-v") and len(argument) > 2:
            moves.append(argument[2:])
        elif argument.startswith("-I"):
            iso = argument[2:] or "date"
        else:
            kept.append(argument)
    flags, operands = options.parse("date", kept, "jnRuf:r:v:z:", _USAGE)
    if "v" in flags:
        moves.append(flags["v"])
    if "u" in flags:
        os.environ["TZ"] = "UTC0"
        time.tzset()
    if "z" in flags:
        os.environ["TZ"] = flags["z"]
        time.tzset()
    moment = _moment(flags, operands)
    for move in moves:
        moment = _moved(moment, move)
    shape = next((operand[1:] for operand in operands if operand.startswith("+")), None)
    if shape is None:
        shape = "%a, %d %b %Y %H:%M:%S %z" if "R" in flags else _ISO.get(iso or "", "%a %b %e %H:%M:%S %Z %Y")
    text = time.strftime(shape, time.localtime(moment.timestamp()))
    print(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text) if iso in ("hours", "minutes", "seconds") else text)
    return 0


def _moment(flags: dict[str, str], operands: list[str]) -> datetime.datetime:
    given = [operand for operand in operands if not operand.startswith("+")]
    if "r" in flags:
        reference = flags["r"]
        seconds = float(reference) if reference.lstrip("-").isdigit() else os.stat(reference).st_mtime
        return datetime.datetime.fromtimestamp(seconds)
    if "f" in flags and given:
        try:
            parsed = datetime.datetime.strptime(given[0], flags["f"])
        except ValueError:
            print(f"Failed conversion of ``{given[0]}'' using format ``{flags['f']}''", file=sys.stderr)
            print("date: illegal time format", file=sys.stderr)
            print(_USAGE, file=sys.stderr)
            sys.exit(1)
        now = datetime.datetime.now()
        if not re.search("%[HMSTRsc]", flags["f"]):  # what the format leaves out is now's
            parsed = parsed.replace(hour=now.hour, minute=now.minute, second=now.second)
        return parsed if parsed.tzinfo is None else parsed.astimezone().replace(tzinfo=None)
    if given:
        unknown.refuse("date", f"setting the clock to {given[0]}")
    return datetime.datetime.now()


def _moved(moment: datetime.datetime, move: str) -> datetime.datetime:
    match = re.fullmatch(r"([+-]?)(\d+)([ymwdHMS])", move)
    if not match:
        print(f"date: {move}: Cannot apply date adjustment\n{_USAGE}", file=sys.stderr)
        sys.exit(1)
    sign, number, unit = match[1], int(match[2]), match[3]
    if not sign:
        names = {"y": "year", "m": "month", "d": "day", "H": "hour", "M": "minute", "S": "second"}
        wanted: dict[str, Any] = {names[unit]: number}
        return moment.replace(**wanted)
    number = -number if sign == "-" else number
    if unit in _UNITS:
        return moment + datetime.timedelta(**{_UNITS[unit]: number})
    months = moment.year * 12 + moment.month - 1 + number * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    last = (datetime.date(year + (month == 11), (month + 1) % 12 + 1, 1) - datetime.timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
