"""Running a tool."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import CommandError, Runner, module_runner
from ansible_collections.remote_ollama.mac.plugins.module_utils.waiting import Deadline
from support.clock import FakeClock

SHOW = "import os, sys; print(os.environ['LC_ALL'], os.environ.get('X')); sys.stderr.write('e\\n'); sys.exit(3)"


@pytest.fixture
def run() -> Iterator[Runner]:
    with patch_module_args({}):
        yield module_runner(AnsibleModule(argument_spec={}))


def test_streams_status_and_locale(run: Runner) -> None:
    result = run([sys.executable, "-c", SHOW], {"X": "1"})
    assert (result.rc, result.stdout, result.stderr) == (3, "C 1\n", "e\n")
    assert result.text == "e\nC 1"
    # one command's environment never reaches the next
    assert run([sys.executable, "-c", SHOW]).stdout == "C None\n"


def test_output_that_is_no_text(run: Runner) -> None:
    said = run([sys.executable, "-c", "import sys; sys.stdout.buffer.write(b'a\\xff')"]).stdout
    assert said.startswith("a")
    said.encode()


def test_no_such_program(run: Runner) -> None:
    with pytest.raises(CommandError, match="No such file or directory") as caught:
        run(["/nowhere/prog", "x"])
    assert caught.value.facts["argv"] == ["/nowhere/prog", "x"]


def test_a_tool_that_waits_for_ever_is_given_up(run: Runner) -> None:
    with pytest.raises(CommandError, match=r"It gave no answer for 0.2 s") as caught:
        run([sys.executable, "-c", "import time; print('x', flush=True); time.sleep(60)"], timeout=0.2)
    assert caught.value.facts["rc"] == 124


def test_a_tool_that_answers_in_time_is_left_alone(run: Runner) -> None:
    assert run([sys.executable, "-c", SHOW], timeout=60).rc == 3


def test_deadline_paces_itself(clock: FakeClock) -> None:
    deadline = Deadline(2.0, clock)
    while deadline.pause():
        pass
    assert clock.slept == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.5, 0.5, 0.25])
    assert deadline.remaining == 0
    assert not Deadline(0, clock).pause()


def test_deadline_can_look_quickly_again(clock: FakeClock) -> None:
    deadline = Deadline(2.0, clock)
    for _count in range(4):
        deadline.pause()
    deadline.reset_pace()
    deadline.pause()
    assert clock.slept[-1] == 0.05
