"""What ``launchctl print``, ``print-disabled`` and ``list`` show."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lab.mac.launch import signals
from lab.mac.launch.errors import SIGNAL_TEXTS, SYSEXITS
from lab.mac.launch.spawn import DEFAULT_PATH

if TYPE_CHECKING:
    from lab.mac.launch.domain import Domain
    from lab.mac.launch.job import Job


def service(job: Job) -> str:
    lines = [f"{job.target} = {{", *_head(job), "", *_program(job), *_paths(job), *_environments(job)]
    lines += [*_life(job), "", *_semaphores(job), *_calendar(job), *_coalitions(job), *_resources(job)]
    return "\n".join([*lines, "", f"\tproperties = {_properties(job)}", "}", ""])


def _head(job: Job) -> Iterable[str]:
    yield f"\tactive count = {1 if job.pid else 0}"
    yield f"\tpath = {job.definition.path}"
    yield f"\ttype = {'LaunchDaemon' if job.domain.uid is None else 'LaunchAgent'}"
    yield f"\tstate = {job.state}"


def _program(job: Job) -> Iterable[str]:
    yield f"\tprogram = {job.definition.program}"
    yield from _block("arguments", job.definition.arguments)


def _paths(job: Job) -> Iterable[str]:
    """Output paths stand directly on the next block; without them a blank line does."""
    yield ""
    if directory := job.definition.get("WorkingDirectory"):
        yield f"\tworking directory = {directory}"
        yield ""
    for key, shown in (("StandardInPath", "stdin"), ("StandardOutPath", "stdout"), ("StandardErrorPath", "stderr")):
        if path := job.definition.get(key):
            yield f"\t{shown} path = {path}"


def _environments(job: Job) -> Iterable[str]:
    if job.domain.inherited_environment:
        yield from _block("inherited environment", _pairs(job.domain.inherited_environment))
        yield ""
    yield from _block("default environment", _pairs({"PATH": DEFAULT_PATH}))
    yield ""
    shown = {"OSLogRateLimit": "64"} | job.inherited | job.definition.environment
    yield from _block("environment", _pairs(shown | {"XPC_SERVICE_NAME": job.label}))
    yield ""


def _life(job: Job) -> Iterable[str]:
    definition = job.definition
    asid = job.domain.asid
    yield f"\tdomain = {job.domain.name}" + (f" [{asid}]" if asid else "")
    if asid:
        yield f"\tasid = {asid}"
    if job.domain.uid is None:
        for key, shown in (("UserName", "username"), ("GroupName", "group")):
            if value := definition.get(key):
                yield f"\t{shown} = {value}"
    if "Umask" in definition.keys:
        umask = definition.get("Umask")
        yield f"\tumask = {umask if isinstance(umask, str) else format(umask, 'o')}"
    yield f"\tminimum runtime = {definition.minimum_runtime}"
    yield f"\texit timeout = {definition.exit_timeout or 'infinite'}"
    if nice := definition.get("Nice"):
        yield f"\tnice = {nice}"
    yield f"\truns = {job.runs}"
    if job.crashes:
        yield f"\tsuccessive crashes = {job.crashes}"
    if job.pid:
        yield f"\tpid = {job.pid}"
        yield f"\timmediate reason = {job.reason}"
        yield from _PROCESS
    yield _last_end(job)


_PROCESS = (
    "\tforks = 0",
    "\texecs = 1",
    "\tinitialized = 1",
    "\ttrampolined = 1",
    "\tstarted suspended = 0",
    "\tproxy started suspended = 0",
    "\tchecked allocations = 0 (queried = 1)",
    "\tchecked allocations reason = no host",
    "\tchecked allocations flags = 0x0",
)


def _last_end(job: Job) -> str:
    status = job.last_status
    if status is None:
        return "\tlast exit code = (never exited)"
    if os.WIFSIGNALED(status):
        number = signals.darwin_number(os.WTERMSIG(status))
        return f"\tlast terminating signal = {SIGNAL_TEXTS.get(number, 'Unknown signal')}: {number}"
    code = os.WEXITSTATUS(status)
    return f"\tlast exit code = {code}" + (f": {SYSEXITS[code]}" if code in SYSEXITS else "")


def _semaphores(job: Job) -> Iterable[str]:
    rule = job.definition.keep_alive
    if not isinstance(rule, dict):
        return
    words = {"SuccessfulExit": "successful exit", "Crashed": "after crash"}
    shown = {words[key]: str(int(bool(value))) for key, value in rule.items() if key in words}
    for path, state in rule.get("PathState", {}).items():
        shown[f"path {'exists' if state else 'missing'}"] = path
    for label, state in rule.get("OtherJobEnabled", {}).items():
        shown[f"job {'enabled' if state else 'disabled'}"] = label
    yield from _block("semaphores", _pairs(shown))
    yield ""


def _calendar(job: Job) -> Iterable[str]:
    when = job.definition.get("StartCalendarInterval")
    if when is None:
        return
    yield "\tevent triggers = {"
    for number, entry in enumerate(when if isinstance(when, list) else [when]):
        yield f"\t\t{job.label}.{268435456 + number} => {{"
        yield "\t\t\tkeepalive = 0"
        yield f"\t\t\tservice = {job.label}"
        yield "\t\t\tstream = com.apple.launchd.calendarinterval"
        yield "\t\t\tmonitor = com.apple.UserEventAgent-System"
        yield "\t\t\tdescriptor = {"
        for key, value in entry.items():
            yield f'\t\t\t\t"{key}" => {value}'
        yield "\t\t\t}"
        yield "\t\t}"
    yield "\t}"
    yield ""


def _coalitions(job: Job) -> Iterable[str]:
    if not job.pid:
        return
    for number, kind in enumerate(("resource", "jetsam")):
        values = {"ID": job.coalition + number, "type": kind, "state": "active", "active count": 1, "name": job.label}
        yield f"\t{kind} coalition = {{"
        yield from (f"\t\t{key} = {value}" for key, value in values.items())
        yield "\t}"
        yield ""


def _resources(job: Job) -> Iterable[str]:
    definition = job.definition
    yield f"\tspawn type = {definition.spawn_type}"
    yield f"\tjetsam priority = {180 if definition.spawn_type.startswith('interactive') else 40}"
    yield "\tjetsam memory limit (active) = (unlimited)"
    yield "\tjetsam memory limit (inactive) = (unlimited)"
    if job.pid and job.domain.uid is None:
        yield "\tjetsamproperties category = daemon"
    yield "\tjetsam thread limit = 32"
    yield "\tcpumon = default"
    limits = {
        f"maxfiles ({kind.lower()})": definition.get(f"{kind}ResourceLimits", {}).get("NumberOfFiles")
        for kind in ("Soft", "Hard")
    }
    if any(value is not None for value in limits.values()):
        yield from _block("resource limits", _pairs({k: v for k, v in limits.items() if v is not None}))
        yield ""
    if interval := definition.get("StartInterval"):
        yield f"\trun interval = {interval} seconds"
    if job.domain.uid is not None:
        yield "\tsanitizer flags = 0x0"


def _properties(job: Job) -> str:
    words = []
    if job.definition.keep_alive is True:
        words.append("keepalive")
    if job.definition.get("RunAtLoad"):
        words.append("runatload")
    if job.definition.get("LaunchOnlyOnce"):
        words.append("launch only once")
    if job.definition.get("LowPriorityIO"):
        words.append("low priority i/o")
    if job.definition.get("AbandonProcessGroup"):
        words.append("abandon process group")
    if job.definition.inferred_program:
        words.append("inferred program")
    return " | ".join(words)


def _block(name: str, lines: Iterable[str]) -> Iterable[str]:
    yield f"\t{name} = {{"
    yield from (f"\t\t{line}" for line in lines)
    yield "\t}"


def _pairs(values: Mapping[str, Any]) -> Iterable[str]:
    return (f"{key} => {value}" for key, value in values.items())


def domain(shown: Domain) -> str:
    jobs = shown.jobs.values()
    running = [job for job in jobs if job.pid]
    kind = {"system": "system", "gui": "login", "user": "user"}[shown.kind]
    lines = [
        f"{shown.name} = {{",
        f"\ttype = {kind}",
        f"\thandle = {shown.asid or shown.uid or 0}",
        f"\tactive count = {len(running) + 1}",
        f"\tservice count = {len(jobs)}",
        f"\tactive service count = {len(running)}",
        f"\tcreator = {'loginwindow[415]' if shown.kind == 'gui' else 'launchd[1]'}",
        "\tcreator euid = 0",
    ]
    if shown.uid is not None:
        lines += [f"\tsession = {shown.session}", "\tsecurity context = {", f"\t\tuid = {shown.uid}"]
        lines += [f"\t\tasid = {shown.asid}"] if shown.asid else ["\t\tasid unset"]
        lines += ["\t}"]
    lines += ["", "\tenvironment = {", *(f"\t\t{pair}" for pair in _pairs(shown.inherited_environment)), "\t}", ""]
    lines += ["\tservices = {"]
    for job in jobs:
        lines.append(f"\t\t{job.pid or 0:>8} {_row_status(job):>6} \t{job.label}")
    lines += ["\t}", "", "\tunmanaged processes = {", "\t}", "", "\tendpoints = {", "\t}", ""]
    lines += ["\tdisabled services = {", *(f"\t{line}" for line in _overrides(shown)), "\t}", ""]
    properties = {"system": "system", "gui": "gui | gui login", "user": "background"}[shown.kind]
    return "\n".join([*lines, f"\tproperties = {properties}", "}", ""])


def _row_status(job: Job) -> str:
    return "-" if job.last_status is None else str(_decoded(job.last_status))


def _overrides(shown: Domain) -> Iterable[str]:
    for label, disabled_ in shown.overrides.entries.items():
        yield f'\t"{label}" => {"disabled" if disabled_ else "enabled"}'


def disabled(shown: Domain) -> str:
    if shown.overrides.entries:
        listing = ["\tdisabled services = {", *(f"\t{line}" for line in _overrides(shown)), "\t}"]
    else:
        listing = ["\tdisabled services = (no disabled services)"]
    return "\n".join(["", *listing, "", "\tlogin item associations = {", "\t}", ""])


def _decoded(status: int) -> int:
    if os.WIFSIGNALED(status):
        return -signals.darwin_number(os.WTERMSIG(status))
    return os.WEXITSTATUS(status)


def table(shown: Domain) -> str:
    rows = ["PID\tStatus\tLabel"]
    for job in shown.jobs.values():
        rows.append(f"{job.pid or '-'}\t{_decoded(job.last_status or 0)}\t{job.label}")
    return "\n".join([*rows, ""])


def listed_service(job: Job) -> str:
    """The old property-list-like form; LastExitStatus is what wait(2) gave."""
    definition = job.definition
    lines = ["{"]
    for key in ("StandardOutPath", "StandardErrorPath"):
        if key == "StandardErrorPath":
            session = {"system": "System", "gui": "Aqua", "user": "Background"}[job.domain.kind]
            lines.append(f'\t"LimitLoadToSessionType" = "{session}";')
        if value := definition.get(key):
            lines.append(f'\t"{key}" = "{value}";')
    lines.append(f'\t"Label" = "{job.label}";')
    if timeout := definition.get("ExitTimeOut"):
        lines.append(f'\t"TimeOut" = {timeout};')
    lines.append(f'\t"OnDemand" = {"false" if definition.keep_alive is True else "true"};')
    lines.append(f'\t"LastExitStatus" = {job.last_status or 0};')
    if job.pid:
        lines.append(f'\t"PID" = {job.pid};')
    lines.append(f'\t"Program" = "{definition.program}";')
    lines.append('\t"ProgramArguments" = (')
    lines += [f'\t\t"{argument}";' for argument in definition.arguments]
    return "\n".join([*lines, "\t);", "};", ""])
