"""What launchd has loaded against what the property list says: no difference is claimed that is none."""

from __future__ import annotations

import dataclasses
import os
import plistlib
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd import definition
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.parse import ServicePrint, parse_service
from ansible_collections.remote_ollama.mac.plugins.modules import launchctl
from hypothesis import given
from hypothesis import strategies as st
from support.modules import run_module
from support.script import Script, Step

Text = Callable[[str], str]
Make = Callable[..., Script]

LOG = "/Users/administrator/Library/Application Support/iron-link/daemon.log"
DAEMON: dict[str, Any] = {
    "Label": "org.iron-link.daemon",
    "ProgramArguments": ["/usr/local/bin/iron-link-daemon"],
    "EnvironmentVariables": {"IRON_LINK_CONFIG_DIR": "/Users/administrator/Library/Application Support/iron-link"},
    "StandardOutPath": LOG,
    "StandardErrorPath": LOG,
    "KeepAlive": True,
    "RunAtLoad": True,
}
AGENT: dict[str, Any] = {"Label": "example.residueguard.fixture.iso01", "ProgramArguments": ["/bin/sleep", "60"]}
ENVIRONMENT = {"IRON_LINK_CONFIG_DIR": "/elsewhere"}


def compare(dump: str, content: dict[str, Any]) -> bool | None:
    return definition.differs(parse_service(dump), content, content.get("Label", "none"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, False),
        ({"Program": "/usr/local/bin/iron-link-daemon"}, False),
        ({"KeepAlive": False}, False),
        ({"Program": "/usr/local/bin/other"}, True),
        ({"ProgramArguments": ["/usr/local/bin/iron-link-daemon", ""]}, True),
        ({"ProgramArguments": ["/usr/local/bin/iron-link-daemon", "-v"]}, True),
        ({"EnvironmentVariables": ENVIRONMENT}, True),
        ({"EnvironmentVariables": dict(DAEMON["EnvironmentVariables"], IRON_LINK_NEW="1")}, True),
        # the other one of the family is a leftover; without a family nobody knows who set it
        ({"EnvironmentVariables": {"IRON_OTHER": "1"}}, True),
        ({"EnvironmentVariables": {}}, False),
        ({"EnvironmentVariables": dict(DAEMON["EnvironmentVariables"], SUDO_UID="0", XPC_SERVICE_NAME="x")}, False),
        ({"EnvironmentVariables": dict(DAEMON["EnvironmentVariables"], NUMBER=1)}, False),
        ({"EnvironmentVariables": "none"}, None),
        ({"StandardErrorPath": "/var/log/other.log"}, True),
        ({"StandardOutPath": None}, None),
        # what this dump does not show may be what this version of macOS never shows
        ({"WorkingDirectory": "/var"}, False),
        ({"UserName": "_iron"}, False),
        ({"EnableGlobbing": True}, None),
        ({"ProgramArguments": ["/usr/local/bin/iron-link-daemon", 1]}, None),
        ({"ProgramArguments": []}, None),
        # how launchctl prints these was never seen
        ({"StandardErrorPath": "/var/log/ä.log"}, None),
        ({"StandardErrorPath": "~/x.log"}, None),
    ],
)
def test_a_daemon_as_it_was_captured(text: Text, change: dict[str, Any], expected: bool | None) -> None:
    assert compare(text("launchctl/daemon-running.txt"), {**DAEMON, **change}) is expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, False),
        ({"ProgramArguments": ["sleep", "60"]}, True),
        ({"ProgramArguments": ["/bin/sleep", "61"]}, True),
        ({"EnvironmentVariables": {"A": "b"}}, True),
        ({"EnvironmentVariables": {"SSH_ASKPASS": "x"}}, True),
        ({"StandardErrorPath": "/tmp/x.log"}, False),
    ],
)
def test_an_agent_as_it_was_captured(text: Text, change: dict[str, Any], expected: bool | None) -> None:
    assert compare(text("launchctl/agent-never-run.txt"), {**AGENT, **change}) is expected


def test_an_output_path_that_the_property_list_has_no_more(text: Text) -> None:
    content = {key: value for key, value in DAEMON.items() if key != "StandardErrorPath"}
    assert compare(text("launchctl/daemon-running.txt"), content) is True


def test_nothing_to_compare(text: Text) -> None:
    daemon = parse_service(text("launchctl/daemon-running.txt"))
    assert definition.differs(daemon, {}, "org.iron-link.daemon") is None
    assert definition.differs(daemon, DAEMON, "org.other") is None
    assert definition.differs(ServicePrint(), DAEMON, "org.iron-link.daemon") is None
    assert definition.differs(dataclasses.replace(daemon, arguments=None), DAEMON, "org.iron-link.daemon") is None
    assert definition.differs(dataclasses.replace(daemon, environment={}), DAEMON, "org.iron-link.daemon") is None


def test_only_a_program() -> None:
    content = {"Label": "x", "Program": "/bin/a"}
    shown = ServicePrint(program="/bin/a")
    assert definition.differs(shown, content, "x") is False
    assert definition.differs(dataclasses.replace(shown, arguments=("/bin/a",)), content, "x") is False
    assert definition.differs(dataclasses.replace(shown, arguments=("/bin/a", "-v")), content, "x") is True
    assert definition.differs(ServicePrint(program="/bin/b"), content, "x") is True


def test_a_program_that_is_looked_for() -> None:
    content = {"Label": "x", "ProgramArguments": ["a"]}
    assert definition.differs(ServicePrint(program="/bin/a", arguments=("a",)), content, "x") is False
    assert definition.differs(ServicePrint(program="a", arguments=("a",)), content, "x") is False
    assert definition.differs(ServicePrint(program="/bin/b", arguments=("a",)), content, "x") is True


@pytest.mark.parametrize(("user", "expected"), [("_a", False), ("_b", True), ("501", False)])
def test_account(user: str, expected: bool) -> None:
    shown = ServicePrint(program="/bin/a", arguments=("/bin/a",), username="_a")
    content = {"Label": "x", "ProgramArguments": ["/bin/a"], "UserName": user}
    assert definition.differs(shown, content, "x") is expected


def test_inherited_variables_are_nobodys_leftover() -> None:
    content = {"Label": "x", "Program": "/bin/a", "EnvironmentVariables": {"SSH_A": "1"}}
    variables = {"SSH_A": "1", "SSH_AUTH_SOCK": "s", "XPC_SERVICE_NAME": "x"}
    shown = ServicePrint(program="/bin/a", environment=variables, inherited={"SSH_AUTH_SOCK": "s"})
    assert definition.differs(shown, content, "x") is False
    assert definition.differs(dataclasses.replace(shown, inherited={}), content, "x") is True


def printed(content: dict[str, Any]) -> str:
    """As launchctl prints it."""
    arguments = "".join(f"\t\t{each}\n" for each in content["ProgramArguments"])
    variables = "".join(f"\t\t{key} => {value}\n" for key, value in content.get("EnvironmentVariables", {}).items())
    errors = f"\tstderr path = {content['StandardErrorPath']}\n" if "StandardErrorPath" in content else ""
    return (
        f"system/org.x = {{\n\tstate = running\n\n\tprogram = {content['ProgramArguments'][0]}\n"
        f"\targuments = {{\n{arguments}\t}}\n\n{errors}\tenvironment = {{\n\t\tOSLogRateLimit => 64\n{variables}"
        "\t\tXPC_SERVICE_NAME => org.x\n\t}\n\n\tminimum runtime = 10\n\truns = 1\n\tpid = 7\n}\n"
    )


LINES = st.text(alphabet=st.sampled_from("\t\n} {=>ab"), max_size=12)
WORDS = st.text(alphabet=st.sampled_from("abc/ =>-"), max_size=8)


@given(st.lists(LINES, max_size=4), st.dictionaries(st.sampled_from(["A", "A_B", "A_C", "B"]), LINES))
def test_the_same_is_never_a_difference(arguments: list[str], variables: dict[str, str]) -> None:
    content = {"Label": "x", "ProgramArguments": ["/bin/a", *arguments], "EnvironmentVariables": variables}
    assert not compare(printed(content), content)


@given(st.lists(WORDS, max_size=3), st.lists(WORDS, max_size=3))
def test_other_arguments_are_a_difference(loaded: list[str], wanted: list[str]) -> None:
    content = {"Label": "x", "ProgramArguments": ["/bin/a", *wanted]}
    dump = printed({"ProgramArguments": ["/bin/a", *loaded]})
    assert compare(dump, content) is (loaded != wanted)


def test_a_script_as_an_argument() -> None:
    content = {"Label": "x", "ProgramArguments": ["/bin/sh", "-c", "f() {\n\t\techo\n\t}\n}\nf"]}
    assert compare(printed(content), content) is False
    assert compare(printed(content), dict(content, ProgramArguments=["/bin/sh", "-c", "f"])) is True


# the module

CONTENT: dict[str, Any] = {
    "Label": "org.x",
    "ProgramArguments": ["/bin/sh"],
    "KeepAlive": True,
    "EnvironmentVariables": {"X_A": "1"},
}
OLD: dict[str, Any] = dict(CONTENT, EnvironmentVariables={"X_A": "0"})
TARGET = f"gui/{os.getuid()}"
NO_OVERRIDE = Step(f"launchctl print-disabled {TARGET}", "\n\tdisabled services = {\n\t}\n")
GONE = Step(f"launchctl print {TARGET}/org.x", rc=113, stderr="Could not find service\n")
BOOTOUT = Step(f"launchctl bootout {TARGET}/org.x")


def shown(content: dict[str, Any]) -> Step:
    return Step(f"launchctl print {TARGET}/org.x", printed(content))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "org.x.plist"
    path.write_bytes(plistlib.dumps(CONTENT))
    path.chmod(0o644)
    return path


@pytest.fixture
def answers(
    script: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, file: Path
) -> Callable[..., dict[str, Any]]:
    def run(steps: list[Step], check_mode: bool = False, **options: Any) -> dict[str, Any]:
        me = pwd.struct_passwd(("me", "x", os.getuid(), 20, "", str(file.parent), "/bin/zsh"))
        runner = script(*steps)
        told: list[str] = []
        # Ansible's own list of warnings lives as long as the process and looks different in every version
        monkeypatch.setattr(launchctl.AnsibleModule, "warn", lambda _module, message, **_: told.append(message))
        monkeypatch.setattr(launchctl, "person", lambda *_: me)
        monkeypatch.setattr(launchctl, "module_runner", lambda _module: runner)
        monkeypatch.setattr(launchctl.AnsibleModule, "get_bin_path", lambda *_, **__: "launchctl")
        arguments = {"name": "org.x", "domain": "gui", "plist": str(file), "settle": 0, **options}
        return dict(run_module(launchctl, capsys, arguments, check_mode), told=told)

    return run


def bootstrap(file: Path) -> Step:
    return Step(f"launchctl bootstrap {TARGET} {file}")


@pytest.mark.parametrize("state", ["started", "loaded"])
def test_the_same_definition_costs_two_reads(answers: Callable[..., dict[str, Any]], state: str) -> None:
    answer = answers([shown(CONTENT), NO_OVERRIDE], state=state, reload_changed=True)
    assert (answer["changed"], answer["definition_differs"], answer["commands"]) == (False, False, [])
    assert "definition_differs" not in answer["diff"]["before"]
    assert answer["told"] == []


@pytest.mark.parametrize("state", ["started", "loaded"])
def test_an_older_definition_is_reloaded(answers: Callable[..., dict[str, Any]], state: str, file: Path) -> None:
    waits = [shown(CONTENT)] if state == "started" else []
    play = [shown(OLD), NO_OVERRIDE, BOOTOUT, shown(OLD), GONE, bootstrap(file), shown(CONTENT), *waits]
    real = answers(play, state=state, reload_changed=True)
    check = answers([shown(OLD), NO_OVERRIDE], check_mode=True, state=state, reload_changed=True)
    for answer in (real, check):
        assert (answer["changed"], answer["definition_differs"]) == (True, False)
        assert answer["commands"] == [BOOTOUT.command.split(), bootstrap(file).command.split()]
        assert answer["diff"]["before"]["definition_differs"] is True
        assert answer["diff"]["after"]["definition_differs"] is False
        assert answer["told"] == []
    assert real["diff"] == check["diff"]


def test_a_reload_that_does_not_help_is_told(answers: Callable[..., dict[str, Any]], file: Path) -> None:
    play = [shown(OLD), NO_OVERRIDE, BOOTOUT, GONE, bootstrap(file), shown(OLD), shown(OLD)]
    answer = answers(play, state="started", reload_changed=True)
    assert (answer["changed"], answer["definition_differs"]) == (True, True)
    assert "yet shows another definition" in answer["told"][0]


@pytest.mark.parametrize("state", ["started", "loaded"])
def test_without_the_option_it_is_a_warning(answers: Callable[..., dict[str, Any]], state: str) -> None:
    answer = answers([shown(OLD), NO_OVERRIDE], state=state)
    assert (answer["changed"], answer["definition_differs"]) == (False, True)
    assert "state: reloaded, or reload_changed: true" in answer["told"][0]
    assert "definition_differs" not in answer["diff"]["before"]


def test_enabling_alone_warns_of_nothing(answers: Callable[..., dict[str, Any]]) -> None:
    answer = answers([shown(OLD), NO_OVERRIDE], enabled=True)
    assert (answer["changed"], answer["definition_differs"]) == (False, True)
    assert answer["told"] == []


def test_without_a_property_list_nothing_is_known(answers: Callable[..., dict[str, Any]], file: Path) -> None:
    file.unlink()
    answer = answers([shown(OLD), NO_OVERRIDE], state="started", reload_changed=True)
    assert (answer["changed"], answer["definition_differs"]) == (False, None)


def test_a_property_list_that_launchd_would_refuse_stops_nothing(
    answers: Callable[..., dict[str, Any]], file: Path
) -> None:
    file.write_bytes(plistlib.dumps(dict(CONTENT, ProgramArguments=["/no/such/program"])))
    answer = answers([shown(OLD), NO_OVERRIDE], state="started", reload_changed=True)
    assert answer["failed"]
    assert "/no/such/program, which does not exist" in answer["msg"]
    assert answer["commands"] == []


def test_stopped_has_no_definition(answers: Callable[..., dict[str, Any]]) -> None:
    check = answers([shown(OLD), NO_OVERRIDE], check_mode=True, state="stopped", reload_changed=True)
    real = answers([shown(OLD), NO_OVERRIDE, BOOTOUT, GONE], state="stopped", reload_changed=True)
    assert check["definition_differs"] is real["definition_differs"] is None
    assert check["diff"] == real["diff"]
