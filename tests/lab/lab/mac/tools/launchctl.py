"""launchctl: turns its words into requests to launchd, and launchd's numbers into Apple's sentences."""

from __future__ import annotations

import os
import plistlib
import sys
from typing import Any

from lab.mac import client, unknown
from lab.mac.launch import errors

USAGE_STATUS = 64
SOCKET_VARIABLE = "LAB_LAUNCHD_SOCKET"
_HINT = "Try re-running the command as root for richer errors."
_KINDS = ("system", "user", "gui", "login", "session", "pid")


class Refused(Exception):
    """Ends launchctl with a status, the text on stderr."""

    def __init__(self, status: int, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.status = status


def socket_path() -> str:
    return os.environ.get(SOCKET_VARIABLE, client.SOCKET)


def ask(**message: Any) -> dict[str, Any]:
    try:
        answer = client.request(socket_path(), {"pid": os.getpid(), **message}, timeout=600)
    except client.LaunchdUnreachable as error:
        raise Refused(1, f"launchctl: the simulated launchd does not answer: {error}") from error
    if "unsimulated" in answer:
        unknown.refuse("launchctl", answer["unsimulated"])
    return answer


def main(arguments: list[str]) -> int:
    try:
        return _run(arguments)
    except Refused as refused:
        if str(refused):
            print(refused, file=sys.stderr)
        return refused.status


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("help", "-h", "--help"):
        print("Usage: launchctl <subcommand> ... | help [subcommand]")
        print("Many subcommands take a target specifier that refers to a domain or service")
        return 0
    verb, rest = arguments[0], arguments[1:]
    if verb in _VERBS:
        return _VERBS[verb](rest)
    if verb in _REAL_BUT_UNSIMULATED:
        unknown.refuse("launchctl", f"the subcommand {verb}")
    raise Refused(1, f"Unrecognized subcommand: {verb}", "Usage: launchctl <subcommand> ... | help [subcommand]")


_REAL_BUT_UNSIMULATED = (
    "attach", "config", "debug", "dumpjpcategory", "dumpstate", "examine", "getenv", "hostinfo", "limit", "plist",
    "procinfo", "reboot", "resolveport", "runstats", "setenv", "spawn", "submit", "unsetenv", "userswitch", "uncache",
)  # fmt: skip


# -- targets


def _split(target: str, verb: str) -> tuple[str, str | None]:
    """Domain and label of a target; the label may be missing."""
    kind, _, rest = target.partition("/")
    if kind == "system":
        return "system", rest or None
    if kind in ("login", "session", "pid"):
        unknown.refuse("launchctl", f"the domain {kind}")
    number, _, label = rest.partition("/")
    if kind not in _KINDS or not number.isdigit():
        raise _malformed(verb)
    return f"{kind}/{number}", label or None


def _malformed(verb: str) -> Refused:
    return Refused(
        USAGE_STATUS,
        "Unrecognized target specifier. <service-target> takes a form of <domain-target>/<service-id>.",
        "Please refer to `man launchctl` for explanation of the <domain-target> specifiers.",
        f"Usage: launchctl {verb} {_USAGE.get(verb, '<service-target>')}",
    )


_USAGE = {
    "blame": "<service-target>",
    "bootout": "<domain-target> [service-path, service-path2, ...] | <service-target>",
    "bootstrap": "<domain-target> [service-path, service-path2, ...]",
    "disable": "<service-target>",
    "enable": "<service-target>",
    "kickstart": "[-k] [-p] <service-target>",
    "kill": "signal-name | signal-number <service-target>",
    "print": "<domain-target> | <service-target>",
    "print-disabled": "<domain-target>",
}


def _service(arguments: list[str], verb: str) -> tuple[str, str]:
    if len(arguments) != 1:
        raise Refused(USAGE_STATUS, f"Usage: launchctl {verb} {_USAGE[verb]}")
    domain, label = _split(arguments[0], verb)
    if label is None:
        raise _malformed(verb)
    return domain, label


def _shown(domain: str) -> str:
    """A domain's name as the error texts have it."""
    kind, _, number = domain.partition("/")
    return {"system": "system", "gui": f"user gui: {number}", "user": f"uid: {number}"}[kind]


def _missing(domain: str, label: str, *before: str) -> Refused:
    return Refused(errors.NO_SERVICE, *before, f'Could not find service "{label}" in domain for {_shown(domain)}')


def _numbered(what: str, number: int) -> str:
    return f"{what}: {number}: {errors.text(number)}"


# -- the verbs of today


def _print(arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise Refused(USAGE_STATUS, f"Usage: launchctl print {_USAGE['print']}")
    domain, label = _split(arguments[0], "print")
    answer = ask(op="print", domain=domain, label=label)
    number = answer["error"]
    if number == errors.NO_SERVICE:
        raise _missing(domain, label or "", "Bad request.")
    if number == errors.NO_DOMAIN:
        raise Refused(number, "Bad request.", f"Could not find domain for {_shown(domain)}")
    if number:
        raise Refused(number, _numbered("Could not print " + ("service" if label else "domain"), number))
    sys.stdout.write(answer["text"])
    return 0


def _print_disabled(arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise Refused(USAGE_STATUS, f"Usage: launchctl print-disabled {_USAGE['print-disabled']}")
    domain, label = _split(arguments[0], "print-disabled")
    if label is not None:
        raise _malformed("print-disabled")
    answer = ask(op="print-disabled", domain=domain)
    if answer["error"] == errors.NO_DOMAIN:
        raise Refused(errors.NO_DOMAIN, "Bad request.", f"Could not find domain for {_shown(domain)}")
    if answer["error"]:
        raise Refused(answer["error"], _numbered("Could not print domain", answer["error"]))
    sys.stdout.write(answer["text"])
    return 0


def _with_hint(*lines: str) -> tuple[str, ...]:
    return (*lines, _HINT) if os.geteuid() != 0 else lines


def _bootstrap(arguments: list[str]) -> int:
    if len(arguments) < 2:
        raise Refused(USAGE_STATUS, f"Usage: launchctl bootstrap {_USAGE['bootstrap']}")
    domain, label = _split(arguments[0], "bootstrap")
    if label is not None:
        raise _malformed("bootstrap")
    answer = ask(op="bootstrap", domain=domain, paths=_plists(arguments[1:]), inherited=_inherited())
    if answer["error"]:
        raise Refused(answer["error"], *_with_hint(_numbered("Bootstrap failed", answer["error"])))
    failures = answer["failures"]
    if not failures:
        return 0
    if len(arguments) == 2 and len(failures) == 1:
        number = failures[0][1]
        raise Refused(number, *_with_hint(_numbered("Bootstrap failed", number)))
    lines = [f"{path}: {errors.text(number)}" for path, number in failures]
    raise Refused(133, *_with_hint(*lines, _numbered("Bootstrap failed", 133)))


def _plists(paths: list[str]) -> list[str]:
    found = []
    for path in paths:
        absolute = os.path.abspath(path)
        if os.path.isdir(absolute):
            found += sorted(os.path.join(absolute, name) for name in os.listdir(absolute) if name.endswith(".plist"))
        else:
            found.append(absolute)
    return found


def _inherited() -> dict[str, str]:
    """A job bootstrapped from a sudo shell keeps these two for good."""
    return {name: os.environ[name] for name in ("SUDO_GID", "SUDO_UID") if name in os.environ}


def _bootout(arguments: list[str]) -> int:
    if not arguments:
        raise Refused(USAGE_STATUS, f"Usage: launchctl bootout {_USAGE['bootout']}")
    domain, label = _split(arguments[0], "bootout")
    requests: list[dict[str, Any]] = [{"label": label}] if len(arguments) == 1 else []
    if len(arguments) > 1:
        if label is not None:
            raise _malformed("bootout")
        requests = [{"path": path} for path in _plists(arguments[1:])]
    for request in requests:
        number = ask(op="bootout", domain=domain, **request)["error"]
        if number:
            raise Refused(number, *_with_hint(_numbered("Boot-out failed", number)))
    return 0


def _override(verb: str, arguments: list[str]) -> int:
    domain, label = _service(arguments, verb)
    number = ask(op=verb, domain=domain, label=label)["error"]
    if number:
        raise Refused(number, _numbered(f"Could not {verb} service", number))
    return 0


def _kickstart(arguments: list[str]) -> int:
    flags = ""
    while arguments and arguments[0].startswith("-"):
        flags += arguments[0][1:]
        arguments = arguments[1:]
    if "s" in flags:
        unknown.refuse("launchctl", "kickstart -s")
    if set(flags) - set("kp"):
        raise Refused(USAGE_STATUS, f"Usage: launchctl kickstart {_USAGE['kickstart']}")
    domain, label = _service(arguments, "kickstart")
    answer = ask(op="kickstart", domain=domain, label=label, kill="k" in flags)
    number = answer["error"]
    if number == errors.NO_SERVICE:
        raise _missing(domain, label)
    if number:
        raise Refused(number, _numbered(f'Could not kickstart service "{label}"', number))
    if "p" in flags and answer["pid"]:
        print(f"service spawned with pid: {answer['pid']}" if sys.stdout.isatty() else answer["pid"])
    return 0


def _kill(arguments: list[str]) -> int:
    if len(arguments) != 2:
        raise Refused(USAGE_STATUS, f"Usage: launchctl kill {_USAGE['kill']}")
    domain, label = _service(arguments[1:], "kill")
    number = ask(op="kill", domain=domain, label=label, signal=arguments[0])["error"]
    if number == 0:
        return 0
    if number == errors.NO_SERVICE:
        raise _missing(domain, label)
    texts = {
        errors.ESRCH: "No process to signal.",
        64: "Invalid signal.",
        errors.EPERM: "Not privileged to signal service.",
    }
    raise Refused(number, texts.get(number, _numbered("Could not signal service", number)))


def _blame(arguments: list[str]) -> int:
    domain, label = _service(arguments, "blame")
    answer = ask(op="blame", domain=domain, label=label)
    number = answer["error"]
    if number == errors.NO_SERVICE:
        raise _missing(domain, label)
    if number:
        raise Refused(number, "No process to signal." if number == errors.ESRCH else errors.text(number))
    sys.stdout.write(answer["text"])
    return 0


# -- the verbs of old, and the small ones


def _own_domain() -> str:
    """Where the caller's own bootstrap is: root's is the system, and nobody sits at the screen over SSH."""
    return "system" if os.geteuid() == 0 else f"user/{os.geteuid()}"


def _list(arguments: list[str]) -> int:
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        unknown.refuse("launchctl", f"list {' '.join(arguments)}")
    label = arguments[0] if arguments else None
    answer = ask(op="list", domain=_own_domain(), label=label)
    if answer["error"] == errors.NO_SERVICE:
        raise Refused(errors.NO_SERVICE, f'Could not find service "{label}" in domain for port')
    if answer["error"]:
        raise Refused(answer["error"], errors.text(answer["error"]))
    sys.stdout.write(answer["text"])
    return 0


def _load(arguments: list[str]) -> int:
    return _legacy("load", arguments)


def _unload(arguments: list[str]) -> int:
    return _legacy("unload", arguments)


def _legacy(verb: str, arguments: list[str]) -> int:
    """load and unload say that something went wrong, and exit 0 all the same."""
    write = False
    while arguments and arguments[0].startswith("-"):
        if set(arguments[0][1:]) - set("wF"):
            unknown.refuse("launchctl", f"{verb} {arguments[0]}")
        write = write or "w" in arguments[0]
        arguments = arguments[1:]
    if not arguments:
        raise Refused(USAGE_STATUS, f"Usage: launchctl {verb} <service-path, service-path2, ...>")
    domain = _own_domain()
    for path in _plists(arguments):
        if write and (label := _label(path)):
            ask(op="enable" if verb == "load" else "disable", domain=domain, label=label)
        if verb == "load":
            answer = ask(op="bootstrap", domain=domain, paths=[path], inherited=_inherited())
            number = answer["error"] or next((failure[1] for failure in answer.get("failures", [])), 0)
        else:
            number = ask(op="bootout", domain=domain, path=path)["error"]
        if number == errors.BAD_OWNERSHIP:
            print(f"{path}: {errors.text(number)}", file=sys.stderr)
        elif number:
            what, modern = ("Load", "bootstrap") if verb == "load" else ("Unload", "bootout")
            print(_numbered(f"{what} failed", errors.EIO), file=sys.stderr)
            print(f"Try running `launchctl {modern}` as root for richer errors.", file=sys.stderr)
    return 0


def _label(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            label = plistlib.load(file).get("Label")
    except (OSError, ValueError):
        return None
    return label if isinstance(label, str) else None


def _start(arguments: list[str]) -> int:
    return _by_label("start", arguments)


def _stop(arguments: list[str]) -> int:
    return _by_label("stop", arguments)


def _remove(arguments: list[str]) -> int:
    return _by_label("remove", arguments)


def _by_label(verb: str, arguments: list[str]) -> int:
    if len(arguments) != 1:
        raise Refused(USAGE_STATUS, f"Usage: launchctl {verb} <service-name>")
    operation = {"start": "kickstart", "stop": "stop", "remove": "bootout"}[verb]
    number = ask(op=operation, domain=_own_domain(), label=arguments[0])["error"]
    if number == errors.EPERM:
        raise Refused(1, f"Not privileged to {verb} service.")
    if number and verb != "remove":
        raise Refused(errors.ESRCH)
    return 0


def _error(arguments: list[str]) -> int:
    numbers = [argument for argument in arguments if argument not in ("posix", "mach", "bootstrap")]
    if "mach" in arguments or len(numbers) != 1:
        unknown.refuse("launchctl", f"error {' '.join(arguments)}")
    try:
        number = int(numbers[0], 0)
    except ValueError:
        raise Refused(USAGE_STATUS, "Usage: launchctl error [posix|mach|bootstrap] <code>") from None
    print(f"{number}: {errors.text(number)}")
    return 0


def _managername(_arguments: list[str]) -> int:
    print("System" if os.geteuid() == 0 else "Background")
    return 0


def _managerpid(_arguments: list[str]) -> int:
    print(1)
    return 0


def _manageruid(_arguments: list[str]) -> int:
    print(os.geteuid())
    return 0


def _version(_arguments: list[str]) -> int:
    print(
        "Darwin Bootstrapper Version 7.0.0: Mon Apr 27 20:43:01 PDT 2026; root:libxpc_executables-2894.120.4~2/launchd"
    )
    return 0


def _asuser(arguments: list[str]) -> int:
    if len(arguments) < 2 or not arguments[0].isdigit():
        raise Refused(USAGE_STATUS, "Usage: launchctl asuser <UID> <program> [...]")
    if os.geteuid() != 0:
        raise Refused(1, "Could not switch to audit session 0x186a2: 1: Operation not permitted")
    sys.stdout.flush()
    try:
        os.execvp(arguments[1], arguments[1:])
    except OSError as error:
        raise Refused(127, f"launchctl: {arguments[1]}: {error.strerror}") from error


_VERBS = {
    "asuser": _asuser,
    "blame": _blame,
    "bootout": _bootout,
    "bootstrap": _bootstrap,
    "disable": lambda arguments: _override("disable", arguments),
    "enable": lambda arguments: _override("enable", arguments),
    "error": _error,
    "kickstart": _kickstart,
    "kill": _kill,
    "list": _list,
    "load": _load,
    "managername": _managername,
    "managerpid": _managerpid,
    "manageruid": _manageruid,
    "print": _print,
    "print-disabled": _print_disabled,
    "remove": _remove,
    "start": _start,
    "stop": _stop,
    "unload": _unload,
    "version": _version,
}
