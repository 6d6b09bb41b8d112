"""pmset's texts, exit statuses, silent drops and its delay."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from lab.mac import pmset_store
from lab.mac.tools import assertions, pmset
from lab.mac.trial import until

USAGE = "Usage: pmset <options>\nSee pmset(1) for details: 'man pmset'\n"
MUST_BE_ROOT = "'pmset' must be run as root...\n"

# A Mac Studio with macOS 26.5.2, its order; the values are a new Mac's.
CUSTOM = """\
AC Power:
 Sleep On Power Button 1
 autorestartatconnect 0
 lowpowermode         0
 standby              0
 ttyskeepawake        1
 powernap             1
 displaysleep         10
 womp                 1
 networkoversleep     0
 sleep                1
 tcpkeepalive         1
 autorestart          0
 disksleep            10
"""

# A MacBook with Apple silicon, macOS 26.
CUSTOM_OF_A_LAPTOP = """\
Battery Power:
 Sleep On Power Button 1
 lowpowermode         0
 standby              1
 ttyskeepawake        1
 hibernatemode        3
 powernap             1
 hibernatefile        /var/vm/sleepimage
 displaysleep         2
 womp                 0
 networkoversleep     0
 sleep                1
 lessbright           1
 tcpkeepalive         1
 disksleep            10
AC Power:
 Sleep On Power Button 1
 lowpowermode         0
 standby              1
 ttyskeepawake        1
 hibernatemode        3
 powernap             1
 hibernatefile        /var/vm/sleepimage
 displaysleep         10
 womp                 1
 networkoversleep     0
 sleep                1
 tcpkeepalive         1
 disksleep            10
"""

TIMERS = """\
Warning: Idle sleep timings for "AC Power" may not behave as expected.
- Display sleep should have a lower timeout than system sleep.
- Disk sleep should be non-zero whenever system sleep is non-zero.
"""


class Power:
    def __init__(self, root: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capture = capture

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._capture.readouterr()
        status = pmset.main(list(arguments))
        said = self._capture.readouterr()
        return status, said.out, said.err

    def custom(self) -> str:
        return self("-g", "custom")[1]


@pytest.fixture
def power(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Power:
    pmset_store.write_preferences(tmp_path, pmset_store.factory_preferences("desktop"))
    monkeypatch.setattr(pmset, "ROOT", tmp_path)
    monkeypatch.setattr(assertions, "ASSERTIONS", tmp_path / "assertions")
    return Power(tmp_path, capsys)


@pytest.fixture
def laptop(power: Power) -> Power:
    pmset_store.write_preferences(power.root, pmset_store.factory_preferences("laptop"))
    return power


def test_custom(power: Power) -> None:
    assert power("-g", "custom") == power("-g", "disk") == (0, CUSTOM, "")


def test_custom_of_a_laptop(laptop: Power) -> None:
    assert laptop.custom() == CUSTOM_OF_A_LAPTOP


def test_live_has_no_system_wide_part_until_disablesleep_was_used(power: Power) -> None:
    assert power("-g")[1] == power("-g", "live")[1] == CUSTOM.replace("AC Power:", "Currently in use:")
    assert power("-a", "disablesleep", "1") == (0, "", "")
    expected = "System-wide power settings:\n SleepDisabled\t\t1\nCurrently in use:\n"
    until(lambda: power("-g")[1].startswith(expected), "powerd has applied it")
    assert "SleepDisabled" not in power.custom()


def test_a_setting_shows_a_moment_later(power: Power, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "time", lambda: now)
    assert power("-a", "sleep", "0", "womp", "0") == (0, "", "")
    assert power.custom() == CUSTOM
    now += pmset_store.APPLIES_AFTER
    assert power.custom() == CUSTOM.replace(" sleep                1", " sleep                0").replace(
        " womp                 1", " womp                 0"
    )


def test_two_changes_in_a_row_both_stay(power: Power) -> None:
    power("-a", "sleep", "0")
    power("-a", "autorestart", "1")
    until(lambda: " autorestart          1\n" in power.custom(), "the second is there")
    assert " sleep                0\n" in power.custom()


@pytest.mark.parametrize(
    "arguments",
    [[], ["-a", "slep", "0"], ["-a", "sleep"], ["-a", "sleep", "never"], ["-a", "sleep", "-1"], ["-x", "sleep", "0"],
     ["-a", "hibernatemode", "7"], ["sleep"]],
)  # fmt: skip
def test_what_it_does_not_understand(power: Power, arguments: list[str]) -> None:
    assert power(*arguments) == (1, USAGE, "")


def test_a_reading_that_there_is_not(power: Power) -> None:
    assert power("-g", "bogus") == (1, f"Error: unhandled argument bogus\n{USAGE}", "")


def test_a_mode_that_there_is_not(power: Power) -> None:
    assert power("-a", "lowpowermode", "3") == (1, f"Unsupported mode 3\n{USAGE}", "")


def test_without_root(power: Power, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails, but not for disablesleep; and a typing error is told first."""
    monkeypatch.setattr(os, "geteuid", lambda: 501)
    assert power("-a", "sleep", "0") == (1, MUST_BE_ROOT, "")
    assert power("-a", "disablesleep", "1") == (0, MUST_BE_ROOT, "")
    assert power("-a", "disablesleep", "1", "sleep", "0") == (1, MUST_BE_ROOT, "")
    assert power("-a", "slep", "0") == (1, USAGE, "")
    assert power("repeat", "cancel") == (1, "", "pmset: Must be run as root to modify settings\n")
    assert power("schedule", "wake", "01/01/27 00:00:00") == (1, "", "pmset: This operation must be run as root\n")
    assert power("restoredefaults") == (0, "You're not privileged.\n", "")
    assert power.custom() == CUSTOM


@pytest.mark.parametrize("arguments", [["-a", "gpuswitch", "1"], ["-b", "sleep", "5"], ["-u", "sleep", "5"]])
def test_what_this_mac_has_not_is_dropped_without_a_word(power: Power, arguments: list[str]) -> None:
    before = power.custom()
    assert power(*arguments) == (0, "", "")
    power("-a", "womp", "0")
    until(lambda: " womp                 0\n" in power.custom(), "a later change is there")
    assert power.custom() == before.replace(" womp                 1", " womp                 0")


def test_several_sources_in_one_call(laptop: Power) -> None:
    laptop("-c", "sleep", "0", "womp", "0", "-b", "sleep", "5")
    until(lambda: " sleep                5\n" in laptop.custom(), "it is there")
    battery, ac = laptop.custom().split("AC Power:")
    assert " sleep                5\n" in battery
    assert " sleep                0\n" in ac


def test_anything_but_zero_is_on(power: Power) -> None:
    power("-a", "autorestart", "7")
    until(lambda: " autorestart          1\n" in power.custom(), "it is there")


def test_timers_that_do_not_fit_each_other(power: Power) -> None:
    assert power("-a", "sleep", "5", "displaysleep", "10", "disksleep", "0") == (
        0,
        "",
        TIMERS,
    )


def test_tcpkeepalive_warns(power: Power) -> None:
    assert power("-a", "tcpkeepalive", "0")[1] == (
        "Warning: This option disables TCP Keep Alive mechanism when sytem is sleeping. "
        "This will result in some critical features like 'Find My Mac' not to function properly.\n"
    )


def test_other_readings(power: Power, laptop: Power) -> None:
    assert laptop("-g", "ps")[1] == (
        "Now drawing from 'AC Power'\n -InternalBattery-0 (id=24313955)\t100%; charged; 0:00 remaining present: true\n"
    )
    assert power("-g", "sched")[1] == "No scheduled events.\n"


def test_capabilities(power: Power) -> None:
    listed = (
        "displaysleep disksleep sleep womp autorestart autorestartatconnect standby powernap ttyskeepawake tcpkeepalive"
    )
    expected = "".join(f" {name}\n" for name in [*listed.split(), "lowpowermode"])
    assert power("-g", "cap")[1] == f"Capabilities for AC Power:\n{expected}"


def test_who_keeps_it_awake(power: Power) -> None:
    folder = power.root / "assertions"
    folder.mkdir()
    content = '{"name": "caffeinate", "kinds": ["PreventUserIdleSystemSleep"], "since": 0}'
    (folder / str(os.getpid())).write_text(content)
    (folder / "4194305").write_text(content)  # nobody can have this pid
    assert " sleep                1 (sleep prevented by caffeinate)\n" in power("-g")[1]
    text = power("-g", "assertions")[1]
    assert "   PreventUserIdleSystemSleep     1\n" in text
    assert f"   pid {os.getpid()}(caffeinate): [0x" in text
    assert power.custom() == CUSTOM


def test_a_reading_that_is_not_simulated_says_so(power: Power, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        power("-g", "therm")
    assert ended.value.code == 99
    assert "pmset: the simulated Mac does not know: -g therm" in capsys.readouterr().err
