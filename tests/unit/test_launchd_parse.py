"""launchctl's texts: services, overrides, domains, numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd import errors
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.domain import Row, parse_domain
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.parse import (
    ServicePrint,
    parse_disabled,
    parse_service,
)
from hypothesis import given
from hypothesis import strategies as st

Text = Callable[[str], str]


def test_running_daemon(text: Text) -> None:
    job = parse_service(text("launchctl/daemon-running.txt"))
    assert job.running
    assert not job.ending
    assert job.keepalive
    log = "/Users/administrator/Library/Application Support/iron-link/daemon.log"
    assert dataclasses.asdict(job) == {
        "state": "running",
        "pid": 10526,
        "runs": 1,
        "last_exit_status": None,
        "last_signal": None,
        "path": "/Library/LaunchDaemons/org.iron-link.daemon.plist",
        "program": "/usr/local/bin/iron-link-daemon",
        "arguments": ("/usr/local/bin/iron-link-daemon",),
        "environment": {
            "OSLogRateLimit": "64",
            "SUDO_GID": "20",
            "SUDO_UID": "501",
            "IRON_LINK_CONFIG_DIR": "/Users/administrator/Library/Application Support/iron-link",
            "XPC_SERVICE_NAME": "org.iron-link.daemon",
        },
        "inherited": {},
        "stdout_path": log,
        "stderr_path": log,
        "working_directory": None,
        "username": None,
        "properties": ("keepalive", "runatload", "inferred program"),
    }


def test_agent_that_never_ran(text: Text) -> None:
    job = parse_service(text("launchctl/agent-never-run.txt"))
    assert (job.state, job.pid, job.runs, job.last_exit_status) == ("not running", None, 0, None)
    assert not job.running
    assert job.arguments == ("/bin/sleep", "60")
    assert job.environment["XPC_SERVICE_NAME"] == "example.residueguard.fixture.iso01"


def test_the_states_of_the_coalitions_are_not_the_jobs() -> None:
    job = parse_service("x = {\n\tresource coalition = {\n\t\tstate = active\n\t\tpid = 4\n\t}\n}\n")
    assert (job.state, job.pid) == (None, None)


@pytest.mark.parametrize("state", ["SIGTERMed", "SIGKILLed"])
def test_a_job_that_is_being_ended_does_not_run(state: str) -> None:
    job = parse_service(f"system/x = {{\n\tstate = {state}\n\n\tminimum runtime = 10\n\tpid = 7\n}}\n")
    assert job.ending
    assert not job.running


def test_last_exit_and_signal() -> None:
    head = "system/x = {\n\tstate = spawn scheduled\n\tminimum runtime = 10\n\truns = 4\n"
    job = parse_service(head + "\tlast exit code = 78: EX_CONFIG\n}\n")
    assert (job.last_exit_status, job.last_signal) == (78, None)
    assert job.describe() == "state spawn scheduled, runs 4, last exit status 78"
    job = parse_service(head + "\tlast terminating signal = Terminated: 15\n}\n")
    assert (job.last_exit_status, job.last_signal) == (None, "Terminated: 15")
    assert "last ended by signal Terminated: 15" in job.describe()
    assert parse_service(head + "\tlast exit code = 0\n}\n").last_exit_status == 0


def test_an_argument_with_line_breaks_imitates_nothing() -> None:
    dump = (
        "system/x = {\n\tstate = not running\n\n\tprogram = /bin/sh\n\targuments = {\n\t\t/bin/sh\n\t\tdo\n\tpid = 66\n"
        "}\n\truns = 9\n\tlast exit code = 1\n\t}\n\n\tminimum runtime = 10\n\truns = 0\n"
        "\tlast exit code = (never exited)\n}\n"
    )
    job = parse_service(dump)
    assert (job.pid, job.runs, job.last_exit_status) == (None, 0, None)
    assert job.arguments is not None
    assert job.arguments[1].startswith("do\n\tpid = 66")


def test_overrides_in_both_dialects(text: Text) -> None:
    expected = {"com.apple.ftpd": True, "com.openssh.sshd": False}
    assert parse_disabled(text("launchctl/print-disabled-26.txt")) == expected
    assert parse_disabled(text("launchctl/print-disabled-12.txt")) == expected


def test_no_overrides() -> None:
    assert parse_disabled("\n\tdisabled services = (no disabled services)\n") == {}
    assert parse_disabled("") == {}


def test_domain_lists_services_not_overrides(text: Text) -> None:
    assert parse_domain(text("launchctl/domain-gui.txt")) == {
        "com.apple.syncdefaultsd": Row("com.apple.syncdefaultsd", 656),
        "com.example.failed": Row("com.example.failed", None),
        "com.apple.accounts.dom": Row("com.apple.accounts.dom", None),
        "com.apple.tonelibraryd": Row("com.apple.tonelibraryd", 61949),
    }


@given(st.text(alphabet=st.sampled_from('\t\n ={}=>"pidstaterunning0123')))
def test_no_text_crashes_the_parsers(dump: str) -> None:
    job = parse_service(dump)
    assert not job.running or f"pid = {job.pid}" in dump
    assert all(label in dump for label in parse_disabled(dump))
    assert all(label in dump for label in parse_domain(dump))


@given(st.text())
def test_any_text_at_all(dump: str) -> None:
    assert isinstance(parse_service(dump), ServicePrint)
    parse_disabled(dump)
    parse_domain(dump)


@pytest.mark.parametrize(
    ("said", "rc", "number"),
    [
        ("Could not print domain: 125: Domain does not support specified action", 125, 125),
        ("Bootstrap failed: 5: Input/output error", 5, 5),
        ('Bad request.\nCould not find service "L" in domain for user gui: 501', 113, 113),
        ('Could not kickstart service "L": 1: Operation not permitted', 1, 1),
    ],
)
def test_number_of_the_real_error(said: str, rc: int, number: int) -> None:
    assert errors.number_in(said, rc) == number


@pytest.mark.parametrize("number", sorted(errors.ADVICE))
def test_every_advice_names_number_and_meaning(number: int) -> None:
    told = errors.explain(number)
    assert told.startswith(f"{number} means: {errors.MEANINGS[number]}. ")
    assert len(told) > len(f"{number} means: {errors.MEANINGS[number]}. ")


def test_unknown_numbers_point_to_launchctl_error() -> None:
    assert "launchctl error 99" in errors.explain(99)
