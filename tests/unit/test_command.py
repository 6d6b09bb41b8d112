"""Running a tool."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import CommandError, run_tool
from ansible_collections.remote_ollama.mac.plugins.module_utils.waiting import Deadline
from support.clock import FakeClock

SHOW = "import os, sys; print(os.environ['LC_ALL'], os.environ.get('X')); sys.stderr.write('e\\n'); sys.exit(3)"


def test_streams_status_and_locale() -> None:
    result = run_tool([sys.executable, "-c", SHOW], {"X": "1"})
    assert (result.rc, result.stdout, result.stderr) == (3, "C 1\n", "e\n")
    assert result.text == "e\nC 1"


def test_output_that_is_no_text() -> None:
    assert "\ufffd" in run_tool([sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'\\xff')"]).stdout


def test_no_such_program() -> None:
    with pytest.raises(CommandError, match="No such file or directory") as caught:
        run_tool(["/nowhere/prog", "x"])
    assert caught.value.facts["argv"] == ["/nowhere/prog", "x"]


def test_a_tool_that_waits_for_ever_is_given_up() -> None:
    with pytest.raises(CommandError, match="It took too long") as caught:
        run_tool([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.2)
    assert caught.value.facts["rc"] == 124


def test_deadline_paces_itself(clock: FakeClock) -> None:
    deadline = Deadline(2.0, clock)
    while deadline.pause():
        pass
    assert clock.slept == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.5, 0.5, 0.25])
    assert deadline.expired
    assert not Deadline(0, clock).pause()


def test_deadline_can_look_quickly_again(clock: FakeClock) -> None:
    deadline = Deadline(2.0, clock)
    for _ in range(4):
        deadline.pause()
    deadline.reset_pace()
    deadline.pause()
    assert clock.slept[-1] == 0.05
