"""What mac_preflight reads: listeners, processes, Homebrew, accounts, services, models."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import CommandError, ToolError
from ansible_collections.remote_ollama.mac.plugins.module_utils.launchd.domain import Row
from ansible_collections.remote_ollama.mac.plugins.module_utils.macos import accounts, homebrew, listeners
from ansible_collections.remote_ollama.mac.plugins.module_utils.macos.listeners import Listener
from ansible_collections.remote_ollama.mac.plugins.modules import mac_preflight
from hypothesis import given
from hypothesis import strategies as st
from support.modules import run_module
from support.script import Script, Step

Text = Callable[[str], str]
Make = Callable[..., Script]

ME = pwd.getpwuid(os.getuid())


def test_listeners(text: Text) -> None:
    assert listeners.parse_listeners(text("lsof/listeners.txt")) == [
        Listener("127.0.0.1", 11434, 612, "ollama", "admin"),
        Listener("100.64.0.2", 11434, 700, "haproxy", "_haproxy"),
        Listener("fd7a:115c:a1e0::2", 11434, 700, "haproxy", "_haproxy"),
        Listener("*", 22, 1, "launchd", "root"),
    ]


@given(st.text())
def test_no_text_crashes_the_parsers(said: str) -> None:
    listeners.parse_listeners(said)
    listeners.parse_parents(said)


def test_parents() -> None:
    assert listeners.parse_parents("    1     0\n  700     1\n\n  701   700\nx y\n") == {1: 0, 700: 1, 701: 700}


def test_a_worker_belongs_to_its_masters_service() -> None:
    parents, jobs = {700: 1, 701: 700, 5: 6, 6: 5}, {700: "system/com.haproxy"}
    assert listeners.owner_of(700, parents, jobs) == "system/com.haproxy"
    assert listeners.owner_of(701, parents, jobs) == "system/com.haproxy"
    assert listeners.owner_of(612, parents, jobs) == ""
    assert listeners.owner_of(5, parents, jobs) == ""


def test_listeners_with_their_jobs(script: Make, text: Text) -> None:
    play = script(
        Step("/lsof -nP -iTCP -sTCP:LISTEN -F pcLn", text("lsof/listeners.txt")),
        Step("/ps -axo pid=,ppid=", "  699 1\n  700 699\n  612 1\n"),
    )
    domains = {"system": {"com.haproxy": Row("com.haproxy", 699), "other": Row("other", 612)}, "gui/501": None}
    found = mac_preflight.listener_facts(play, lambda name: f"/{name}", ["com.haproxy"], domains)
    assert [(each["port"], each["pid"], each["job"]) for each in found] == [
        (11434, 612, ""),
        (11434, 700, "system/com.haproxy"),
        (11434, 700, "system/com.haproxy"),
        (22, 1, ""),
    ]


def test_no_listeners_no_further_questions(script: Make) -> None:
    play = script(Step("/lsof -nP -iTCP -sTCP:LISTEN -F pcLn", rc=1))
    assert mac_preflight.listener_facts(play, lambda name: f"/{name}", ["x"], {"system": {"x": Row("x", 4)}}) == []


LSOF = "/lsof -nP -iTCP -sTCP:LISTEN -F pcLn"


@pytest.mark.parametrize(
    ("rc", "said", "stderr"),
    [(1, "", "lsof: no pwd entry"), (1, "p1\nn*:22\n", ""), (2, "", ""), (127, "", "lsof: not found")],
)
def test_listeners_that_cannot_be_read_are_not_none(script: Make, rc: int, said: str, stderr: str) -> None:
    with pytest.raises(CommandError, match=rf"(?s)exit status {rc}: .*whether a port is taken"):
        mac_preflight.listener_facts(script(Step(LSOF, said, rc, stderr)), lambda name: f"/{name}", [], {})


@pytest.mark.parametrize("missing", ["lsof", "ps"])
def test_listeners_without_the_tools(script: Make, missing: str) -> None:
    with pytest.raises(ToolError, match=f"has no {missing} on the PATH"):
        mac_preflight.listener_facts(script(), lambda name: None if name == missing else f"/{name}", [], {})


def test_processes_that_cannot_be_read(script: Make, text: Text) -> None:
    play = script(Step(LSOF, text("lsof/listeners.txt")), Step("/ps -axo pid=,ppid=", rc=1, stderr="ps: no"))
    with pytest.raises(CommandError, match="which service a process belongs to"):
        mac_preflight.listener_facts(play, lambda name: f"/{name}", ["x"], {"system": {"x": Row("x", 4)}})


def test_a_mac_that_cannot_be_looked_at_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ToolError("lsof is broken", rc=2)

    monkeypatch.setattr(mac_preflight.platform, "system", lambda: "Darwin")
    monkeypatch.setattr(mac_preflight, "listener_facts", broken)
    answer = run_module(mac_preflight, capsys, {})
    assert (answer["failed"], answer["msg"], answer["rc"]) == (True, "lsof is broken", 2)


def test_homebrew_and_its_kegs(tmp_path: Path) -> None:
    assert homebrew.find([str(tmp_path / "opt"), str(tmp_path)]) is None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/brew").touch(mode=0o755)
    found = homebrew.find([str(tmp_path / "opt"), str(tmp_path)])
    assert found == homebrew.Homebrew(str(tmp_path), str(tmp_path / "bin/brew"), ME.pw_name)
    assert homebrew.kegs(str(tmp_path)) == {}
    keg = tmp_path / "Cellar/haproxy/3.4.4"
    keg.mkdir(parents=True)
    (tmp_path / "opt").mkdir()
    (tmp_path / "opt/haproxy").symlink_to("../Cellar/haproxy/3.4.4")
    (tmp_path / "opt/gone").symlink_to("../Cellar/gone/1")
    (tmp_path / "opt/other").mkdir()
    assert homebrew.kegs(str(tmp_path)) == {"haproxy": homebrew.Keg("3.4.4", str(keg.resolve()))}


def test_who_ansible_logged_in_as() -> None:
    assert accounts.login_account(os.getuid(), {}).pw_uid == os.getuid()
    assert accounts.login_account(0, {"SUDO_USER": "nobody"}).pw_name == "nobody"
    assert accounts.login_account(0, {"SUDO_USER": "no-such-person"}).pw_uid == 0
    # somebody who became another one without root is that one
    assert accounts.login_account(os.getuid(), {"SUDO_USER": ME.pw_name}).pw_uid == os.getuid()


def test_free_service_id() -> None:
    assert accounts.free_service_id({300, 301}, {302}) == 303
    assert accounts.free_service_id(set(range(300, 500)), set()) is None


def test_console(tmp_path: Path) -> None:
    assert accounts.console_uid(str(tmp_path / "none")) == 0
    assert accounts.console_uid(str(tmp_path)) == os.getuid()


def test_services(tmp_path: Path) -> None:
    login = pwd.struct_passwd(("ada", "x", 501, 20, "", str(tmp_path), "/bin/zsh"))
    agents = tmp_path / "Library/LaunchAgents"
    agents.mkdir(parents=True)
    (agents / "org.x.plist").touch()
    domains = {"system": {"org.y": Row("org.y", 9)}, "gui/501": {"org.x": Row("org.x", None)}}
    assert mac_preflight.service_facts(["org.x", "org.y"], domains, login) == {
        "org.x": {
            "system": {"plist": "", "loaded": False, "pid": None},
            "gui": {"plist": str(agents / "org.x.plist"), "loaded": True, "pid": None},
        },
        "org.y": {
            "system": {"plist": "", "loaded": True, "pid": 9},
            "gui": {"plist": "", "loaded": False, "pid": None},
        },
    }


def agent_of(home: Path, label: str) -> str:
    path = home / "Library/LaunchAgents" / f"{label}.plist"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return str(path)


def test_agents_of_the_person_who_runs_ollama(tmp_path: Path) -> None:
    login = pwd.struct_passwd(("ada", "x", 501, 20, "", str(tmp_path / "ada"), "/bin/zsh"))
    owner = pwd.struct_passwd(("bob", "x", 502, 20, "", str(tmp_path / "bob"), "/bin/zsh"))
    domains = {
        "gui/501": {"org.ada": Row("org.ada", 1), "org.both": Row("org.both", 2)},
        "gui/502": {"org.session": Row("org.session", 3)},
    }
    of_ada, of_both = agent_of(tmp_path / "ada", "org.ada"), agent_of(tmp_path / "bob", "org.both")
    agent_of(tmp_path / "ada", "org.both")
    labels = ["org.ada", "org.both", "org.session", "org.none"]
    found = mac_preflight.service_facts(labels, domains, login, owner)
    assert {label: found[label]["gui"] for label in labels} == {
        "org.ada": {"plist": of_ada, "loaded": True, "pid": 1},
        "org.both": {"plist": of_both, "loaded": False, "pid": None},
        "org.session": {"plist": "", "loaded": True, "pid": 3},
        "org.none": {"plist": "", "loaded": False, "pid": None},
    }
    assert mac_preflight.service_facts(labels, domains, login, login) == mac_preflight.service_facts(
        labels, domains, login
    )


def test_domains(script: Make, text: Text) -> None:
    play = script(
        Step("launchctl print system", "system = {\n\tservices = {\n\t\t       9      - \torg.y\n\t}\n}\n"),
        Step("launchctl print gui/501", rc=125, stderr="Could not print domain: 125: …\n"),
        Step("launchctl print gui/502", text("launchctl/domain-gui.txt")),
    )
    domains = mac_preflight.read_domains(play, "launchctl", [502, 501, 0, 502])
    assert domains["system"] == {"org.y": Row("org.y", 9)}
    assert domains["gui/501"] is None
    assert len(domains["gui/502"] or {}) == 4
    assert mac_preflight.read_domains(script(), None, [501]) == {"system": None, "gui/501": None}


def test_tailscale(script: Make, text: Text, tmp_path: Path) -> None:
    nothing = {"binary": "", "backend_state": "", "addresses": [], "dns_name": ""}
    assert mac_preflight.tailscale_facts(script(), "") == nothing
    assert mac_preflight.tailscale_facts(script(), str(tmp_path)) == nothing
    binary = tmp_path / "bin/tailscale"
    binary.parent.mkdir()
    binary.touch(mode=0o755)
    asked = f"{binary} status --json --peers=false"
    found = mac_preflight.tailscale_facts(script(Step(asked, text("tailscale/status-running.json"))), str(tmp_path))
    assert found == {
        "binary": str(binary),
        "backend_state": "Running",
        "addresses": ["100.64.0.2", "fd7a:115c:a1e0::2"],
        "dns_name": "m1x.tail.test",
    }
    silent = mac_preflight.tailscale_facts(script(Step(asked, rc=1, stderr="failed to connect")), str(tmp_path))
    assert silent == dict(nothing, binary=str(binary))


def test_models(tmp_path: Path) -> None:
    found = mac_preflight.model_facts(["http://127.0.0.1:1/library/x", "a/b/c/d"], str(tmp_path), 1)
    assert found["http://127.0.0.1:1/library/x"]["known"] is None
    assert found["a/b/c/d"]["known"] is False
    assert "is no name of a model" in found["a/b/c/d"]["detail"]


def test_folder_of_the_models() -> None:
    login = pwd.struct_passwd(("ada", "x", 501, 20, "", "/Users/ada", "/bin/zsh"))
    assert mac_preflight.account_of("", login) == login
    assert mac_preflight.account_of(ME.pw_name, login) == pwd.getpwnam(ME.pw_name)
    assert mac_preflight.account_of("no-such-person", login) is None
    assert mac_preflight.models_folder("/m", None) == "/m"
    assert mac_preflight.models_folder("", login) == "/Users/ada/.ollama/models"
    assert mac_preflight.models_folder("", None) == os.devnull


@pytest.mark.parametrize("check_mode", [False, True])
def test_anywhere_it_answers_in_full(capsys: pytest.CaptureFixture[str], check_mode: bool) -> None:
    answer = run_module(mac_preflight, capsys, {"labels": ["org.x"]}, check_mode)
    assert not answer["changed"]
    assert answer["users"][ME.pw_name]["uid"] == ME.pw_uid
    assert answer["macos"] is (answer["system"] == "Darwin")
    keys = {
        "system", "macos", "product_version", "architecture", "login", "homebrew", "kegs", "users", "groups",
        "free_service_id", "gui_uids", "listeners", "services", "tailscale", "models",
    }  # fmt: skip
    assert keys <= set(answer)
