"""A service's way from state to state, as scripts of commands and answers."""

from __future__ import annotations

import os
import plistlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import ToolError
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.client import DomainError, Launchctl
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.planning import Wanted
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.service import Service
from ansible_collections.remote_ollama.mac.plugins.module_utils.waiting import Deadline
from support.clock import FakeClock
from support.script import Script, Step

NOT_FOUND = 'Bad request.\nCould not find service "org.x" in domain for user gui: 501\n'
EIO = "Bootstrap failed: 5: Input/output error\nTry re-running the command as root for richer errors.\n"
DAEMON: dict[str, Any] = {"Label": "org.x", "ProgramArguments": ["/bin/sh"], "KeepAlive": True}
ONE_SHOT: dict[str, Any] = {"Label": "org.x", "ProgramArguments": ["/bin/sh"], "RunAtLoad": True}
ON_DEMAND: dict[str, Any] = {"Label": "org.x", "ProgramArguments": ["/bin/sh"]}


def dump(state: str, pid: int | None = None, runs: int = 1, last: str = "(never exited)", words: str = "") -> str:
    process = f"\tpid = {pid}\n" if pid is not None else ""
    ended = f"\tlast terminating signal = {last}\n" if ": 1" in last else f"\tlast exit code = {last}\n"
    return (
        f"gui/501/org.x = {{\n\tactive count = 1\n\tstate = {state}\n\n\tminimum runtime = 10\n\truns = {runs}\n"
        f"{process}{ended}\n\tproperties = {words}inferred program\n}}\n"
    )


def shown(*arguments: Any, **named: Any) -> Step:
    return Step("launchctl print gui/501/org.x", dump(*arguments, **named))


GONE = Step("launchctl print gui/501/org.x", rc=113, stderr=NOT_FOUND)
NO_OVERRIDE = Step("launchctl print-disabled gui/501", "\n\tdisabled services = {\n\t}\n")
DISABLED = Step("launchctl print-disabled gui/501", '\n\tdisabled services = {\n\t\t"org.x" => disabled\n\t}\n')
ENABLED = Step("launchctl print-disabled gui/501", '\n\tdisabled services = {\n\t\t"org.x" => enabled\n\t}\n')
ENABLE = Step("launchctl enable gui/501/org.x")
DISABLE = Step("launchctl disable gui/501/org.x")
BOOTOUT = Step("launchctl bootout gui/501/org.x")
KICKSTART = Step("launchctl kickstart gui/501/org.x")
RESTART = Step("launchctl kickstart -k gui/501/org.x")
RUNNING = ("running", 7)


class World:
    """A service with a property list of its own, run by a script."""

    def __init__(self, path: Path, clock: FakeClock) -> None:
        self.path = path
        self.clock = clock

    def write(self, content: dict[str, Any]) -> None:
        self.path.write_bytes(plistlib.dumps(content))
        self.path.chmod(0o644)

    def bootstrap(self, **answer: Any) -> Step:
        return Step(f"launchctl bootstrap gui/501 {self.path}", **answer)

    def service(self, script: Script, settle: float = 0.0, timeout: float = 30.0) -> Service:
        client = Launchctl(script, "launchctl", "gui/501", "org.x")
        return Service(client, str(self.path), "gui", os.geteuid(), lambda: Deadline(timeout, self.clock), settle)

    def run(
        self, script: Script, state: str | None, enabled: bool | None = None, settle: float = 0.0, timeout: float = 30.0
    ) -> tuple[list[str], Service]:
        service = self.service(script, settle, timeout)
        wanted = Wanted(state, enabled)
        service.read()
        steps = service.plan(wanted, check_mode=False)
        service.apply(steps, wanted)
        return steps, service


Make = Callable[..., Script]


@pytest.fixture
def world(tmp_path: Path, clock: FakeClock) -> World:
    world = World(tmp_path / "org.x.plist", clock)
    world.write(DAEMON)
    return world


def test_started_on_a_running_job_costs_two_reads(world: World, script: Make) -> None:
    steps, service = world.run(script(shown(*RUNNING), NO_OVERRIDE), "started")
    assert steps == []
    assert service.job is not None
    assert service.job.pid == 7
    assert world.clock.slept == []


def test_started_from_nothing(world: World, script: Make) -> None:
    play = script(GONE, NO_OVERRIDE, world.bootstrap(), shown("spawn scheduled"), shown("spawning"), shown(*RUNNING))
    steps = world.run(play, "started")[0]
    assert steps == ["bootstrap"]


def test_started_needs_no_kickstart_unless_launchd_waits(world: World, script: Make) -> None:
    world.write(ON_DEMAND)
    idle = shown("not running", runs=0)
    world.run(script(GONE, NO_OVERRIDE, world.bootstrap(), idle, idle, KICKSTART, shown(*RUNNING)), "started")


def test_on_demand_only_mode_gets_its_kickstart_after_a_grace(world: World, script: Make) -> None:
    idle = shown("not running", runs=0)
    # 0.05, 0.1, 0.2, 0.4 and then half seconds: the two seconds of grace are over at the eighth look after bootstrap's
    play = script(GONE, NO_OVERRIDE, world.bootstrap(), *[idle] * 9, KICKSTART, shown(*RUNNING))
    world.run(play, "started")
    assert 2.0 <= sum(world.clock.slept) < 3.0


def test_bootstrap_race_with_a_job_that_is_ending(world: World, script: Make) -> None:
    busy = world.bootstrap(rc=5, stderr=EIO)
    play = script(
        GONE, NO_OVERRIDE, busy, shown("SIGTERMed", 7), busy, GONE, world.bootstrap(), shown(*RUNNING), shown(*RUNNING)
    )
    world.run(play, "started")


@pytest.mark.parametrize("rc", [5, 36, 37])
def test_bootstrap_of_what_somebody_else_has_just_loaded(world: World, script: Make, rc: int) -> None:
    play = script(GONE, NO_OVERRIDE, world.bootstrap(rc=rc, stderr=EIO), shown(*RUNNING), shown(*RUNNING))
    world.run(play, "started")


def test_bootstrap_that_never_works_fails_at_the_deadline(world: World, script: Make) -> None:
    # looks at 0, 0.05, 0.15, 0.35, 0.75 and 1.0
    play = script(GONE, NO_OVERRIDE, *[world.bootstrap(rc=5, stderr=EIO), GONE] * 6)
    with pytest.raises(ToolError, match=r"5 means: Input/output error.*log show"):
        world.run(play, "started", timeout=1.0)
    assert sum(world.clock.slept) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("rc", "said", "advice"),
    [
        (119, "Bootstrap failed: 119: Service is disabled\n", "enabled: true"),
        (122, "Bootstrap failed: 122: Path had bad ownership/permissions\n", "mode 0644"),
        (125, "Bootstrap failed: 125: Domain does not support specified action\n", "domain: system"),
        (112, "Bootstrap failed: 112: Could not find specified domain\n", "domain: system"),
        (161, "Bootstrap failed: 161: Service cannot be launched because of BTM policy\n", "Login Items"),
        (1, "Bootstrap failed: 1: Operation not permitted\n", "become: true"),
    ],
)
def test_bootstrap_refused_for_good(world: World, script: Make, rc: int, said: str, advice: str) -> None:
    play = script(GONE, NO_OVERRIDE, world.bootstrap(rc=rc, stderr=said), GONE)
    with pytest.raises(ToolError, match=f"(?s)exit status {rc}.*{rc} means.*{advice}") as caught:
        world.run(play, "loaded")
    assert caught.value.facts["rc"] == rc
    assert world.clock.slept == []


def test_reloaded_waits_until_the_old_one_is_gone(world: World, script: Make) -> None:
    play = script(
        shown(*RUNNING),
        NO_OVERRIDE,
        BOOTOUT,
        shown("SIGTERMed", 7),
        shown("SIGTERMed", 7),
        GONE,
        world.bootstrap(),
        shown("spawn scheduled", runs=0),
        shown("running", 8),
    )
    steps, service = world.run(play, "reloaded")
    assert steps == ["bootout", "bootstrap"]
    assert service.job is not None
    assert service.job.pid == 8


@pytest.mark.parametrize(("rc", "said"), [(3, "No such process"), (36, "Operation now in progress"), (113, "")])
def test_bootout_of_what_goes_anyway(world: World, script: Make, rc: int, said: str) -> None:
    play = script(
        shown(*RUNNING),
        NO_OVERRIDE,
        BOOTOUT._replace(rc=rc, stderr=f"Boot-out failed: {rc}: {said}\n"),
        GONE,
    )
    world.run(play, "stopped")


def test_bootout_refused(world: World, script: Make) -> None:
    play = script(
        shown(*RUNNING), NO_OVERRIDE, BOOTOUT._replace(rc=1, stderr="Boot-out failed: 1: Operation not permitted\n")
    )
    with pytest.raises(ToolError, match="become: true"):
        world.run(play, "stopped")


def test_a_job_that_ignores_sigterm_is_named(world: World, script: Make) -> None:
    play = script(shown(*RUNNING), NO_OVERRIDE, BOOTOUT, *[shown("SIGTERMed", 7)] * 6)
    with pytest.raises(ToolError, match=r"still has it after 1 s.*state SIGTERMed.*ExitTimeOut"):
        world.run(play, "stopped", timeout=1.0)


def test_a_job_that_is_ending_at_first_is_waited_for(world: World, script: Make) -> None:
    play = script(
        shown("SIGTERMed", 7), NO_OVERRIDE, shown("SIGTERMed", 7), GONE, world.bootstrap(), *[shown(*RUNNING)] * 2
    )
    world.run(play, "started")


def test_stopped_is_stopped(world: World, script: Make) -> None:
    assert world.run(script(GONE, NO_OVERRIDE), "stopped")[0] == []


def test_restarted_waits_for_another_process(world: World, script: Make) -> None:
    keeps = {"words": "keepalive | "}
    play = script(
        shown(*RUNNING, **keeps), NO_OVERRIDE, RESTART, shown("SIGTERMed", 7, **keeps), shown(*RUNNING, **keeps),
        shown("running", 8, runs=2, **keeps),
    )  # fmt: skip
    service = world.run(play, "restarted")[1]
    assert service.job is not None
    assert service.job.pid == 8


def test_restarted_job_that_ends_at_once_is_done(world: World, script: Make) -> None:
    world.write(ONE_SHOT)
    play = script(shown("not running", last="0"), ENABLED, RESTART, shown("not running", runs=2, last="0"))
    world.run(play, "restarted")


def test_restarted_job_that_fails_at_once(world: World, script: Make) -> None:
    world.write(ONE_SHOT)
    play = script(shown("not running", last="0"), ENABLED, RESTART, shown("not running", runs=2, last="3"))
    with pytest.raises(ToolError, match=r"was started and failed.*last exit status 3"):
        world.run(play, "restarted")


def test_kickstart_refused(world: World, script: Make) -> None:
    refused = KICKSTART._replace(
        rc=150, stderr='Could not kickstart service "org.x": 150: Operation not permitted while System Integrity …\n'
    )
    with pytest.raises(ToolError, match="150 means"):
        world.run(script(shown("not running"), ENABLED, refused), "started")


def test_a_one_shot_job_cannot_be_started_but_loaded(world: World, script: Make) -> None:
    world.write(ONE_SHOT)
    play = script(GONE, NO_OVERRIDE, world.bootstrap(), *[shown("not running", last="0")] * 2)
    with pytest.raises(ToolError, match="ended by itself; for a job that does, state: loaded is the right one"):
        world.run(play, "started")
    world.run(script(GONE, NO_OVERRIDE, world.bootstrap(), shown("not running", last="0")), "loaded")
    play = script(shown("not running"), NO_OVERRIDE, BOOTOUT, GONE, world.bootstrap(), shown("not running", last="0"))
    world.run(play, "reloaded")
    assert world.clock.slept == []


def test_crash_loop_is_told_with_its_last_words(world: World, script: Make, tmp_path: Path) -> None:
    log = tmp_path / "x.err"
    log.write_text("an old line\n")
    world.write(dict(DAEMON, StandardErrorPath=str(log)))

    def crash() -> None:
        with log.open("a") as file:
            file.write("listen tcp 127.0.0.1:11434: bind: address already in use\n")

    crashed = shown("spawn scheduled", runs=2, last="1", words="keepalive | ")
    play = script(GONE, NO_OVERRIDE, world.bootstrap(then=crash), shown(*RUNNING), shown(*RUNNING), *[crashed] * 5)
    with pytest.raises(ToolError) as caught:
        world.run(play, "started", settle=1.0, timeout=1.0)
    message = caught.value.message
    assert "gui/501/org.x has no process that stays after 1 s" in message
    assert "state spawn scheduled, runs 2, last exit status 1" in message
    assert "address already in use" in message
    assert "an old line" not in message
    assert caught.value.facts["last_exit_status"] == 1


def test_silent_crash_says_that_nothing_was_written(world: World, script: Make, tmp_path: Path) -> None:
    log = tmp_path / "x.err"
    world.write(dict(ONE_SHOT, StandardErrorPath=str(log)))
    play = script(GONE, NO_OVERRIDE, world.bootstrap(), *[shown("not running", last="Killed: 9")] * 2)
    with pytest.raises(ToolError, match=f"Nothing was written to {log} since"):
        world.run(play, "started")
    world.write(ONE_SHOT)
    play = script(GONE, NO_OVERRIDE, world.bootstrap(), *[shown("not running", last="0")] * 2)
    with pytest.raises(ToolError, match="no StandardErrorPath that could say why"):
        world.run(play, "started")


def test_program_that_launchd_cannot_run_fails_at_once(world: World, script: Make) -> None:
    failed = shown("spawn scheduled", last="78: EX_CONFIG")
    play = script(GONE, NO_OVERRIDE, world.bootstrap(), failed, failed)
    with pytest.raises(ToolError, match=r"78 .EX_CONFIG. is launchd's word"):
        world.run(play, "started")
    assert world.clock.slept == []


def test_settling_takes_one_process_for_the_whole_time(world: World, script: Make) -> None:
    play = script(
        GONE,
        NO_OVERRIDE,
        world.bootstrap(),
        shown("running", 7),
        shown("running", 7),
        shown("spawn scheduled", runs=1, last="1"),
        *[shown("running", 9, runs=2)] * 4,
    )
    service = world.run(play, "started", settle=1.0)[1]
    assert service.job is not None
    assert service.job.pid == 9
    assert sum(world.clock.slept) >= 1.0


def test_unloaded_by_somebody_else(world: World, script: Make) -> None:
    play = script(GONE, NO_OVERRIDE, world.bootstrap(), shown("spawning"), GONE)
    with pytest.raises(ToolError, match="unloaded by somebody else"):
        world.run(play, "started")


def test_enabled_before_it_is_loaded(world: World, script: Make) -> None:
    play = script(GONE, DISABLED, ENABLE, world.bootstrap(), *[shown(*RUNNING)] * 2, ENABLED)
    steps, service = world.run(play, "started", enabled=True)
    assert steps == ["enable", "bootstrap"]
    assert not service.disabled


def test_disabled_after_it_is_stopped(world: World, script: Make) -> None:
    play = script(shown(*RUNNING), NO_OVERRIDE, BOOTOUT, GONE, DISABLE, DISABLED)
    steps, service = world.run(play, "stopped", enabled=False)
    assert steps == ["bootout", "disable"]
    assert service.disabled


def test_no_override_and_no_disabled_key_is_enabled(world: World, script: Make) -> None:
    assert world.run(script(GONE, NO_OVERRIDE), None, enabled=True)[0] == []


def test_the_key_disabled_counts_where_there_is_no_override(world: World, script: Make) -> None:
    world.write(dict(DAEMON, Disabled=True))
    assert world.run(script(GONE, ENABLED), None, enabled=True)[0] == []
    assert world.run(script(GONE, NO_OVERRIDE, ENABLE, ENABLED), None, enabled=True)[0] == ["enable"]


def test_an_override_that_does_not_stick(world: World, script: Make) -> None:
    with pytest.raises(
        ToolError, match=r"disable gui/501/org.x was accepted, but print-disabled still shows it enabled"
    ):
        world.run(script(GONE, NO_OVERRIDE, DISABLE, NO_OVERRIDE), None, enabled=False)


@pytest.mark.parametrize(
    ("rc", "said"),
    [
        (112, "Bad request.\nCould not find domain for user gui: 501\n"),
        (125, "Could not print domain: 125: Domain does not support specified action\n"),
    ],
)
def test_no_such_domain(world: World, script: Make, rc: int, said: str) -> None:
    play = script(Step("launchctl print gui/501/org.x", rc=rc, stderr=said))
    with pytest.raises(DomainError, match=f"{rc} means.*logged in at the Mac's screen"):
        world.run(play, "started")


def test_somebody_elses_domain(world: World, script: Make) -> None:
    said = "Could not print domain: 1: Operation not permitted\n"
    with pytest.raises(DomainError, match=r"1 means: Operation not permitted.*become: true"):
        world.run(script(Step("launchctl print gui/501/org.x", rc=1, stderr=said)), "started")


def test_a_bad_plist_is_refused_before_anything_is_unloaded(world: World, script: Make) -> None:
    world.write(dict(DAEMON, ProgramArguments=["/nowhere/prog"]))
    with pytest.raises(ToolError, match="/nowhere/prog, which does not exist"):
        world.run(script(shown(*RUNNING), NO_OVERRIDE), "reloaded")
    world.path.unlink()
    with pytest.raises(ToolError, match=r"does not exist. This module never writes it"):
        world.run(script(GONE, NO_OVERRIDE), "started")


def test_check_mode_runs_nothing_and_forgives_what_is_yet_to_come(world: World, script: Make) -> None:
    world.path.unlink()
    service = world.service(script(GONE, NO_OVERRIDE))
    service.read()
    steps = service.plan(Wanted("started", True), check_mode=True)
    assert steps == ["bootstrap"]
    assert service.warnings == []
    assert service.commands(steps) == [["launchctl", "bootstrap", "gui/501", str(world.path)]]
    world.write(dict(DAEMON, ProgramArguments=["/nowhere/prog"]))
    service = world.service(script(GONE, NO_OVERRIDE))
    service.read()
    assert service.plan(Wanted("started", True), check_mode=True) == ["bootstrap"]
    assert "/nowhere/prog, which does not exist" in service.warnings[0]
