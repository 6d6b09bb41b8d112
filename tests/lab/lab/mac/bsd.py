"""GNU programs behind BSD manners.

A guard is a few lines of sh: it lets through the flags that the Mac's own program has and refuses every other one in
BSD's words. GNU programs look for flags behind the operands too; POSIXLY_CORRECT keeps them from it, as BSD does.
"""

from __future__ import annotations

_GREP_USAGE = "usage: grep [-abcDEFGHhIiJLlMmnOopqRSsUVvwXxZz] [-A num] [-B num] [pattern] [file ...]"
_GREP = ("HLEFGIabchilnoqRrsvwxz", "ABCefm", _GREP_USAGE)

# name: (flags without a value, flags with one, usage line). From the manual pages of macOS.
GUARDED: dict[str, tuple[str, str, str]] = {
    "cat": ("belnstuv", "", "usage: cat [-belnstuv] [file ...]"),
    "chgrp": ("HLPRfhvx", "", "usage: chgrp [-fhvx] [-R [-H | -L | -P]] group file ..."),
    "chmod": ("HLPRfhv", "", "usage: chmod [-fhv] [-R [-H | -L | -P]] [-a | +a | =a  [i][# [ n]]] mode|entry file ..."),
    "chown": ("HLPRfhvx", "", "usage: chown [-fhvx] [-R [-H | -L | -P]] owner[:group] file ..."),
    "cp": ("HLPRafilnprvX", "", "usage: cp [-R [-H | -L | -P]] [-fi | -n] [-aclpSsvXx] source_file target_file"),
    "cut": ("ns", "bcdf", "usage: cut -b list [-n] [file ...]"),
    "df": ("aghkmPH", "tT", "usage: df [-b | -g | -H | -h | -k | -m | -P] [-ainlY] [-T type] [filesystem ...]"),
    "du": ("HLPachkmsx", "d", "usage: du [-Aclnx] [-H | -L | -P] [-g | -h | -k | -m] [-a | -s | -d depth] [file ...]"),
    "grep": _GREP,
    "egrep": _GREP,
    "fgrep": _GREP,
    "groups": ("", "", "usage: groups [user]"),
    "head": ("", "nc", "usage: head [-n lines | -c bytes] [file ...]"),
    "install": ("bCcdpSsv", "Bfgmo", "usage: install [-bCcpSsv] [-B suffix] [-g group] [-m mode] file1 file2"),
    "killall": ("vqs", "u", "usage: killall [-delmsqvz] [-help] [-I] [-u user] [-t tty] [-c cmd] [-SIGNAL] [cmd]..."),
    "link": ("", "", "usage: ln [-s [-F] | -L | -P] [-f | -i] [-hnv] source_file [target_file]"),
    "ln": ("fhLPinsv", "", "usage: ln [-s [-F] | -L | -P] [-f | -i] [-hnv] source_file [target_file]"),
    "ls": ("1ABCFGHLRSUacdfghiklmnopqrstux", "", "usage: ls [-@ABCFGHILOPRSTUWabcdefghiklmnopqrstuvwxy1%,] [file ...]"),
    "mkdir": ("pv", "m", "usage: mkdir [-pv] [-m mode] directory_name ..."),
    "mkfifo": ("", "m", "usage: mkfifo [-m mode] fifo_name ..."),
    "mv": ("finv", "", "usage: mv [-f | -i | -n] [-hv] source target"),
    "nl": ("p", "bdfhilnsvw", "usage: nl [-p] [-b type] [-d delim] [-f type] [-h type] [-i incr] [file]"),
    "pgrep": ("afilnovx", "dgPtuU", "usage: pgrep [-Lafilnoqvx] [-F pidfile] [-G gid] [-P ppid] [-U uid] pattern ..."),
    "pkill": ("afinovx", "dgPtuU", "usage: pkill [-signal] [-ILafilnovx] [-F pidfile] [-G gid] [-P ppid] pattern ..."),
    "realpath": ("q", "", "usage: realpath [-q] [path ...]"),
    "rm": ("dfiIPRrvx", "", "usage: rm [-f | -i] [-dIPRrvWx] file ..."),
    "rmdir": ("pv", "", "usage: rmdir [-pv] directory ..."),
    "sort": ("bcCdfghiMmnRrsuVz", "kotST", "usage: sort [-bcCdfigMmnrsuz] [-kPOS1[,POS2] ... ] [-o file] [file ...]"),
    "split": ("d", "abln", "usage: split [-cd] [-l line_count] [-a suffix_length] [file [prefix]]"),
    "tail": ("fFqv", "bcn", "usage: tail [-F | -f | -r] [-q] [-b # | -c # | -n #] [file ...]"),
    "touch": ("achm", "rtd", "usage: touch [-A [-][[hh]mm]SS] [-achm] [-r file] [-t [[CC]YY]MMDDhhmm[.SS]] file ..."),
    "tr": ("Ccdsu", "", "usage: tr [-Ccsu] string1 string2"),
    "truncate": ("c", "sr", "usage: truncate [-c] -s [+|-|%|/]size[K|k|M|m|G|g|T|t] file ..."),
    "unlink": ("", "", "usage: rm [-f | -i] [-dIPRrvWx] file ..."),
    "wc": ("clmwL", "", "usage: wc [-Lclmw] [file ...]"),
}  # fmt: skip

_LONG = ("grep", "egrep", "fgrep")  # BSD grep is the one that takes GNU's long names


def guard(name: str, program: str, options: tuple[str, str, str]) -> str:
    """The sh text of one guard."""
    plain, valued, usage = options
    digits = "[0-9]*) continue ;;" if name in ("head", "tail", "split") else ""
    signals = "[A-Z0-9]*) continue ;;" if name in ("pkill", "killall") else ""
    long_options = "*) continue ;;" if name in _LONG else "*) refuse - ;;"
    value_cases = f'[{valued}]*) [ "${{flags#?}}" ] || skip=1; flags= ;;' if valued else ""
    plain_cases = f"[{plain}]*) flags=${{flags#?}} ;;" if plain else ""
    return f"""#!/bin/sh
refuse() {{
	printf '%s\\n%s\\n' "{name}: illegal option -- $1" '{usage}' >&2
	exit {_usage_status(name)}
}}
skip=
for argument do
	flags=
	[ "$skip" ] && skip= && continue
	case $argument in
	--) break ;;
	--*) case $argument in {long_options} esac ;;
	-?*) flags=${{argument#-}} ;;
	*) break ;;
	esac
	case $flags in {digits} {signals} esac
	while [ "$flags" ]; do
		case $flags in
		{plain_cases}
		{value_cases}
		*) refuse "${{flags%"${{flags#?}}"}}" ;;
		esac
	done
done
POSIXLY_CORRECT=1 exec {program} "$@"
"""


def _usage_status(name: str) -> int:
    return {"grep": 2, "egrep": 2, "fgrep": 2, "ls": 1, "cp": 64, "rm": 64, "mv": 64, "mkdir": 64}.get(name, 1)
