"""pmset: texts, values, plans, and the module as scripts of commands and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import CommandError, ToolError
from ansible_collections.remote_ollama.mac.plugins.module_utils.power import keys
from ansible_collections.remote_ollama.mac.plugins.module_utils.power.client import Pmset
from ansible_collections.remote_ollama.mac.plugins.module_utils.power.parse import (
    parse_capabilities,
    parse_custom,
    parse_sleep_disabled,
)
from ansible_collections.remote_ollama.mac.plugins.module_utils.power.planning import plan
from ansible_collections.remote_ollama.mac.plugins.module_utils.waiting import Deadline
from ansible_collections.remote_ollama.mac.plugins.modules.pmset import PowerTask
from hypothesis import given
from hypothesis import strategies as st
from support.clock import FakeClock
from support.script import Script, Step

Text = Callable[[str], str]
Make = Callable[..., Script]


# texts


def test_mac_studio(text: Text) -> None:
    assert parse_custom(text("pmset/custom-mac-studio.txt")) == {
        "ac": {
            "Sleep On Power Button": "1",
            "autorestartatconnect": "0",
            "lowpowermode": "0",
            "standby": "0",
            "ttyskeepawake": "1",
            "powernap": "1",
            "displaysleep": "90",
            "womp": "1",
            "networkoversleep": "0",
            "sleep": "1",
            "tcpkeepalive": "1",
            "autorestart": "1",
            "disksleep": "10",
        }
    }


def test_macbook(text: Text) -> None:
    profiles = parse_custom(text("pmset/custom-macbook.txt"))
    assert list(profiles) == ["battery", "ac"]
    assert profiles["battery"]["hibernatefile"] == "/var/vm/sleepimage"
    assert profiles["battery"]["lessbright"] == "1"
    assert "lessbright" not in profiles["ac"]
    assert (profiles["battery"]["displaysleep"], profiles["ac"]["displaysleep"]) == ("2", "10")


def test_sleep_disabled(text: Text) -> None:
    assert parse_sleep_disabled(text("pmset/live.txt"))
    assert not parse_sleep_disabled(text("pmset/live-never-disabled.txt"))
    assert not parse_sleep_disabled("System-wide power settings:\n SleepDisabled\t\t0\nCurrently in use:\n")


def test_capabilities() -> None:
    assert parse_capabilities("Capabilities for AC Power:\n displaysleep\n sleep\n") == {"displaysleep", "sleep"}


@given(st.text())
def test_no_text_crashes_the_parsers(said: str) -> None:
    parse_custom(said)
    parse_sleep_disabled(said)
    parse_capabilities(said)


# values


@pytest.mark.parametrize(
    ("name", "value", "normal"),
    [
        ("sleep", 0, "0"),
        ("sleep", "15", "15"),
        ("sleep", False, "0"),
        ("womp", True, "1"),
        ("womp", "on", "1"),
        ("womp", "No", "0"),
        ("hibernatemode", 25, "25"),
        ("lowpowermode", 2, "2"),
        ("hibernatefile", "/var/vm/sleepimage", "/var/vm/sleepimage"),
    ],
)
def test_values(name: str, value: Any, normal: str) -> None:
    assert keys.normalize({name: value}) == {name: normal}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("slep", 0, r"no setting slep. Did you mean sleep\?"),
        ("Womp", 1, r"Did you mean womp\?"),
        ("zzzzzz", 1, "no setting zzzzzz. The settings are: acwake"),
        ("sleep", True, "minutes, 0 for never, not True"),
        ("sleep", -1, "minutes"),
        ("sleep", "never", "minutes"),
        ("sleep", "٣", "minutes"),
        ("sleep", None, "minutes"),
        ("womp", 2, "0 or 1"),
        ("hibernatemode", 1, "0, 3 or 25"),
        ("lowpowermode", 3, "0 .automatic."),
        ("highstandbythreshold", 101, "percent"),
        ("hibernatefile", "sleepimage", "an absolute path"),
        ("disablesleep", 1, "an option of this module"),
    ],
)
def test_refused_values(name: str, value: Any, says: str) -> None:
    with pytest.raises(ToolError, match=says):
        keys.normalize({name: value})


# plans

DESKTOP = {"ac": {"sleep": "1", "womp": "1", "lowpowermode": "0"}}
LAPTOP = {"battery": {"sleep": "1", "lessbright": "1"}, "ac": {"sleep": "0"}}


def test_only_what_differs_is_written() -> None:
    assert plan(DESKTOP, {"sleep": "0", "womp": "1"}, "all").changes == {"ac": {"sleep": "0"}}
    assert plan(LAPTOP, {"sleep": "0"}, "all").changes == {"battery": {"sleep": "0"}}
    assert plan(LAPTOP, {"sleep": "0"}, "ac").changes == {}


def test_what_is_shown_nowhere_is_unsupported_unless_the_mac_says_it_can() -> None:
    assert plan(DESKTOP, {"lidwake": "0"}, "all").unsupported == ["lidwake"]
    able = plan(DESKTOP, {"lidwake": "0"}, "all", {"lidwake"})
    assert (able.unsupported, able.changes) == ([], {"ac": {"lidwake": "0"}})
    assert plan(DESKTOP, {"sleep": "0"}, "battery").unsupported == ["sleep"]


def test_what_one_source_has_is_wanted_there_only() -> None:
    found = plan(LAPTOP, {"lessbright": "0"}, "all")
    assert (found.unsupported, found.changes) == ([], {"battery": {"lessbright": "0"}})


def test_the_two_names_of_the_power_mode() -> None:
    assert plan(DESKTOP, {"powermode": "1"}, "all").changes == {"ac": {"lowpowermode": "1"}}


# the module


def custom(**settings: int) -> str:
    return "AC Power:\n" + "".join(f" {name:<20} {value}\n" for name, value in settings.items())


READ = "pmset -g custom"


def run(
    script: Script,
    clock: FakeClock,
    settings: dict[str, Any],
    check_mode: bool = False,
    disablesleep: bool | None = None,
    unsupported: str = "fail",
    source: str = "all",
) -> tuple[dict[str, Any], PowerTask]:
    options = {
        "settings": settings,
        "source": source,
        "unsupported": unsupported,
        "disablesleep": disablesleep,
    }
    task = PowerTask(Pmset(script, "pmset"), options, lambda: Deadline(10, clock))
    return task.run(check_mode), task


def test_nothing_differs(script: Make, clock: FakeClock) -> None:
    result = run(script(Step(READ, custom(sleep=0, womp=1))), clock, {"sleep": 0, "womp": True})[0]
    assert not result["changed"]
    assert result["commands"] == []
    assert result["diff"]["before"] == result["diff"]["after"]


def test_one_call_for_all_that_differs(script: Make, clock: FakeClock) -> None:
    play = script(
        Step(READ, custom(sleep=1, disksleep=10, womp=1)),
        Step("pmset -a sleep 0 disksleep 0"),
        Step(READ, custom(sleep=0, disksleep=0, womp=1)),
    )
    result = run(play, clock, {"sleep": 0, "disksleep": 0, "womp": 1})[0]
    assert result["changed"]
    assert result["changed_settings"] == {
        "ac": {"sleep": {"before": "1", "after": "0"}, "disksleep": {"before": "10", "after": "0"}}
    }


def test_check_mode_shows_the_same(script: Make, clock: FakeClock) -> None:
    before, after = Step(READ, custom(sleep=1, womp=1)), Step(READ, custom(sleep=0, womp=1))
    checked = run(script(before), clock, {"sleep": 0}, check_mode=True)[0]
    done = run(script(before, Step("pmset -a sleep 0"), after), clock, {"sleep": 0})[0]
    assert checked == done


def test_powerd_needs_a_moment(script: Make, clock: FakeClock) -> None:
    old = Step(READ, custom(sleep=1))
    run(
        script(old, Step("pmset -c sleep 0"), old, old, Step(READ, custom(sleep=0))),
        clock,
        {"sleep": 0},
        source="charger",
    )
    assert len(clock.slept) == 2


def test_silently_dropped(script: Make, clock: FakeClock) -> None:
    old = Step(READ, custom(sleep=1))
    with pytest.raises(ToolError, match="accepted sleep 0 for AC power without an error, but 10 s later it is 1"):
        run(script(old, Step("pmset -a sleep 0"), *[old] * 24), clock, {"sleep": 0})
    result, task = run(script(old, Step("pmset -a sleep 0"), *[old] * 24), clock, {"sleep": 0}, unsupported="warn")
    assert not result["changed"]
    assert result["unsupported"] == ["sleep"]
    assert "10 s later" in task.warnings[0]


def test_what_the_mac_does_not_have(script: Make, clock: FakeClock) -> None:
    steps = [Step(READ, custom(sleep=0)), Step("pmset -g cap", "Capabilities for AC Power:\n sleep\n")]
    with pytest.raises(ToolError, match="does not have: autorestart"):
        run(script(*steps), clock, {"autorestart": 1})
    result, task = run(script(*steps), clock, {"autorestart": 1, "sleep": 0}, unsupported="warn")
    assert not result["changed"]
    assert result["unsupported"] == ["autorestart"]
    assert len(task.warnings) == 1
    task = run(script(*steps), clock, {"autorestart": 1}, unsupported="ignore")[1]
    assert task.warnings == []


def test_capabilities_that_cannot_be_read(script: Make, clock: FakeClock) -> None:
    play = script(Step(READ, custom(sleep=0)), Step("pmset -g cap", rc=1, stdout="Error: unhandled argument cap\n"))
    with pytest.raises(ToolError, match="does not have: autorestart"):
        run(play, clock, {"autorestart": 1})


def test_no_such_power_source(script: Make, clock: FakeClock) -> None:
    with pytest.raises(ToolError, match=r"no power source battery, only: AC power. Nothing was set of: sleep"):
        run(script(Step(READ, custom(sleep=0))), clock, {"sleep": 0}, source="battery")


def test_misspelt_before_anything_is_read(script: Make, clock: FakeClock) -> None:
    with pytest.raises(ToolError, match="Did you mean sleep"):
        run(script(), clock, {"slep": 0})


@pytest.mark.parametrize(
    ("rc", "said"), [(1, "'pmset' must be run as root...\n"), (0, "'pmset' must be run as root...\n")]
)
def test_not_root_whatever_the_exit_status(script: Make, clock: FakeClock, rc: int, said: str) -> None:
    play = script(Step(READ, custom(sleep=1)), Step("pmset -a sleep 0", said, rc))
    with pytest.raises(CommandError, match="needs root"):
        run(play, clock, {"sleep": 0})


def test_failure_with_exit_status_0(script: Make, clock: FakeClock, text: Text) -> None:
    play = script(
        Step("pmset -g", text("pmset/live-never-disabled.txt")),
        Step("pmset -a disablesleep 1", "'pmset' failed to set the value.\n"),
    )
    with pytest.raises(CommandError, match="failed to set the value"):
        run(play, clock, {}, disablesleep=True)


def test_disablesleep_in_the_same_call(script: Make, clock: FakeClock, text: Text) -> None:
    play = script(
        Step(READ, custom(sleep=1)),
        Step("pmset -g", text("pmset/live-never-disabled.txt")),
        Step("pmset -a sleep 0 disablesleep 1"),
        Step(READ, custom(sleep=0)),
        Step("pmset -g", text("pmset/live.txt")),
    )
    result = run(play, clock, {"sleep": 0}, disablesleep=True)[0]
    assert result["diff"]["after"] == {"ac": {"sleep": "0"}, "system": {"SleepDisabled": "1"}}


def test_disablesleep_as_it_is(script: Make, clock: FakeClock, text: Text) -> None:
    result = run(script(Step("pmset -g", text("pmset/live.txt"))), clock, {}, disablesleep=True)[0]
    assert not result["changed"]
    play = script(Step("pmset -g", text("pmset/live-never-disabled.txt")))
    result = run(play, clock, {}, disablesleep=False)[0]
    assert not result["changed"]


def test_warnings_of_pmset_are_passed_on(script: Make, clock: FakeClock) -> None:
    warning = 'Warning: Idle sleep timings for "AC Power" may not behave as expected.\n'
    play = script(Step(READ, custom(sleep=1)), Step("pmset -a sleep 5", stderr=warning), Step(READ, custom(sleep=5)))
    task = run(play, clock, {"sleep": 5})[1]
    assert task.warnings == [warning.strip()]
