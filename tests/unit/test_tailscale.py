"""tailscale: texts, plans, and the node as scripts of commands and answers."""

from __future__ import annotations

import contextlib
import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import CommandError, ToolError
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale import planning
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale.client import Tailscale
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale.node import Node
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale.planning import Wanted
from ansible_collections.remote_ollama.mac.plugins.module_utils.tailscale.status import (
    Prefs,
    Status,
    parse_prefs,
    parse_status,
)
from ansible_collections.remote_ollama.mac.plugins.module_utils.waiting import Deadline
from ansible_collections.remote_ollama.mac.plugins.modules import tailscale as module
from hypothesis import given
from hypothesis import strategies as st
from support.clock import FakeClock
from support.script import Script, Step

Text = Callable[[str], str]
Make = Callable[..., Script]

STATUS = "ts status --json --peers=false"
PREFS = "ts debug prefs"
SERVER = "http://10.0.0.1:8080"
NO_DAEMON = Step(STATUS, rc=1, stderr="failed to connect to local Tailscale service; is Tailscale running?\n")
APP = "The Tailscale GUI failed to start: The operation couldn\u2019t be completed. (Tailscale.CLIError error 3.)\n"
REFUSED = (
    "backend error: handling register with auth key: creating new node: requested tags [tag:llm] are invalid or not "
    "permitted"
)


def status(state: str = "Running", tags: list[str] | None = None, health: str = "", addresses: bool = True) -> Step:
    found = ["fd7a:115c:a1e0::2", "100.64.0.2"] if state == "Running" and addresses else None
    data: dict[str, Any] = {
        "BackendState": state,
        "TailscaleIPs": found,
        "Self": {"DNSName": "m1.tail.test."},
        "Health": [health] if health else [],
    }
    if state != "NeedsLogin":
        data["HaveNodeKey"] = True
    if tags is not None:
        data["Self"]["Tags"] = tags
    return Step(STATUS, json.dumps(data))


def prefs(**changes: Any) -> Step:
    data = {
        "ControlURL": SERVER,
        "CorpDNS": True,
        "RunSSH": False,
        "WantRunning": True,
        "LoggedOut": False,
        "AdvertiseTags": None,
        "Hostname": "m1",
    }
    return Step(PREFS, json.dumps({**data, **changes}))


@contextlib.contextmanager
def key() -> Iterator[str]:
    yield "KEY"


def converge(
    script: Script, clock: FakeClock, wanted: Wanted, with_key: bool = True, force: bool = False, timeout: float = 30
) -> tuple[list[str], Status, Prefs]:
    node = Node(
        Tailscale(script, "ts"), wanted, key if with_key else None, Deadline(timeout, clock), force_reauth=force
    )
    found, had = node.read()
    plan = node.plan(found, had)
    found, has = node.apply(plan, had)
    return plan.steps, found, has


# texts


def test_running(text: Text) -> None:
    found = parse_status(text("tailscale/status-running.json"))
    assert found is not None
    assert found.up
    assert found.addresses == ("100.64.0.2", "fd7a:115c:a1e0::2")
    assert found.dns_name == "m1x.tail.test"
    assert found.tags == ("tag:llm",)
    had = parse_prefs(text("tailscale/prefs-running.json"))
    assert had is not None
    assert (had.want_running, had.logged_out) == (True, False)
    assert had.control_url == "http://127.0.0.1:8080"


def test_needs_login(text: Text) -> None:
    found = parse_status(text("tailscale/status-needs-login.json"))
    assert found is not None
    assert (found.backend_state, found.addresses, found.have_node_key, found.up) == ("NeedsLogin", (), False, False)
    assert planning.needs_login(found)


@pytest.mark.parametrize("said", ["", APP, "[]", "null", "{}", '{"BackendState": 3}', "{"])
def test_what_is_no_status(said: str) -> None:
    assert parse_status(said) is None
    assert parse_prefs(said) is None


@given(st.text())
def test_no_text_crashes_the_parsers(said: str) -> None:
    parse_status(said)
    parse_prefs(said)


# the node


def test_nothing_differs(script: Make, clock: FakeClock) -> None:
    wanted = Wanted(login_server=f"{SERVER}/", hostname="m1", tags=("tag:llm",), accept_dns=True, ssh=False)
    up = status(tags=["tag:llm"])
    steps, found = converge(script(up, prefs(), up, prefs()), clock, wanted, with_key=False)[:2]
    assert steps == []
    assert found.addresses == ("100.64.0.2", "fd7a:115c:a1e0::2")


def test_login_with_everything(script: Make, clock: FakeClock) -> None:
    wanted = Wanted(login_server=SERVER, hostname="m1", tags=("tag:llm",), accept_dns=False, ssh=True)
    play = script(
        status("NeedsLogin"),
        prefs(ControlURL="", WantRunning=False, LoggedOut=True),
        Step(
            f"ts up --reset --timeout=30s --auth-key=file:KEY --login-server={SERVER} --hostname=m1 "
            "--advertise-tags=tag:llm --accept-dns=false --ssh=true"
        ),
        status("Starting"),
        status(addresses=False),
        status(tags=["tag:llm"]),
        prefs(CorpDNS=False, RunSSH=True),
    )
    steps = converge(play, clock, wanted)[0]
    assert steps == ["login"]


def test_a_tagged_key_of_headscale_brings_its_tags(script: Make, clock: FakeClock) -> None:
    wanted = Wanted(login_server=SERVER, tags=("tag:llm",))
    flags = f"ts up --reset --timeout=30s --auth-key=file:KEY --login-server={SERVER}"
    tagged = status(tags=["tag:llm"])
    play = script(
        status("NeedsLogin"), prefs(), Step(f"{flags} --advertise-tags=tag:llm", rc=1, stderr=REFUSED), Step(flags),
        tagged, tagged, prefs(),
    )  # fmt: skip
    converge(play, clock, wanted)


def test_a_key_without_the_tags_is_undone(script: Make, clock: FakeClock) -> None:
    wanted = Wanted(tags=("tag:llm",))
    flags = "ts up --reset --timeout=30s --auth-key=file:KEY"
    play = script(
        status("NeedsLogin"), prefs(), Step(f"{flags} --advertise-tags=tag:llm", rc=1, stderr=REFUSED), Step(flags),
        status(tags=["tag:other"]), Step("ts logout"),
    )  # fmt: skip
    with pytest.raises(ToolError, match=r"refuses the tags tag:llm \(tags\): the auth key brings tag:other"):
        converge(play, clock, wanted)


def test_wrong_key_names_option_and_what_control_said(script: Make, clock: FakeClock) -> None:
    said = "backend error: handling register with auth key: failed to parse auth-key: key too short\n"
    play = script(
        status("NeedsLogin"),
        prefs(),
        Step(f"ts up --reset --timeout=30s --auth-key=file:KEY --login-server={SERVER}", rc=1, stderr=said),
        status("NeedsLogin", health="You are logged out. The last login error was: failed to parse auth-key"),
    )
    with pytest.raises(
        ToolError, match=r"(?s)Logging in to http://10.0.0.1:8080 failed: .*key too short.*auth_key"
    ) as caught:
        converge(play, clock, Wanted(login_server=SERVER))
    assert caught.value.message.count("failed to parse auth-key") == 1


def test_a_server_that_cannot_be_reached_is_told_by_health(script: Make, clock: FakeClock) -> None:
    timeout = 'timeout waiting for Tailscale service to enter a Running state; check health with "tailscale status"\n'
    health = "You are logged out. The last login error was: fetch control key: connection refused"
    play = script(
        status("NeedsLogin"),
        prefs(),
        Step("ts up --reset --timeout=30s --auth-key=file:KEY", rc=1, stderr=timeout),
        status("NeedsLogin", health=health),
    )
    with pytest.raises(ToolError, match=r"(?s)timeout waiting.*fetch control key: connection refused"):
        converge(play, clock, Wanted())


def test_no_key_and_a_login_is_needed(script: Make, clock: FakeClock) -> None:
    with pytest.raises(ToolError, match=r"not logged in to http://10.0.0.1:8080 and there is no auth_key"):
        converge(script(status("NeedsLogin"), prefs()), clock, Wanted(login_server=SERVER), with_key=False)


def test_only_differing_preferences_are_set(script: Make, clock: FakeClock) -> None:
    play = script(
        status(), prefs(), Step("ts set --hostname=m2 --ssh=true"), status(), prefs(Hostname="m2", RunSSH=True)
    )
    steps = converge(play, clock, Wanted(hostname="m2", accept_dns=True, ssh=True), with_key=False)[0]
    assert steps == ["set"]


def test_a_preference_that_does_not_stick(script: Make, clock: FakeClock) -> None:
    play = script(status(), prefs(), Step("ts set --ssh=true"), status(), prefs())
    with pytest.raises(ToolError, match="--ssh=true has had no effect"):
        converge(play, clock, Wanted(ssh=True))


def test_set_refused(script: Make, clock: FakeClock) -> None:
    refused = Step("ts set --ssh=true", rc=1, stderr="Access denied: prefs write access denied\n")
    with pytest.raises(CommandError, match="Access denied"):
        converge(script(status(), prefs(), refused), clock, Wanted(ssh=True))


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Wanted(tags=("tag:b",)), r"its tags are tag:llm, not tag:b \(tags\)"),
        (
            Wanted(login_server="http://other"),
            r"its login server is http://10.0.0.1:8080, not http://other \(login_server\)",
        ),
    ],
)
def test_what_only_a_new_login_changes(script: Make, clock: FakeClock, wanted: Wanted, says: str) -> None:
    with pytest.raises(ToolError, match=f"{says}.*force_reauth: true"):
        converge(script(status(tags=["tag:llm"]), prefs()), clock, wanted)


def test_forced_login_keeps_what_the_node_has(script: Make, clock: FakeClock) -> None:
    play = script(
        status(tags=["tag:llm"]),
        prefs(CorpDNS=False),
        Step(
            f"ts up --reset --timeout=30s --auth-key=file:KEY --force-reauth --login-server={SERVER} --hostname=m1 "
            "--advertise-tags=tag:b --accept-dns=false --ssh=false"
        ),
        status(tags=["tag:b"]),
        prefs(CorpDNS=False),
    )
    steps = converge(play, clock, Wanted(tags=("tag:b",)), force=True)[0]
    assert steps == ["reauth"]


def test_control_that_keeps_the_tags(script: Make, clock: FakeClock) -> None:
    play = script(
        status(tags=["tag:llm"]),
        prefs(),
        Step(
            f"ts up --reset --timeout=30s --auth-key=file:KEY --force-reauth --login-server={SERVER} --hostname=m1 "
            "--advertise-tags=tag:b --accept-dns=true --ssh=false"
        ),
        status(tags=["tag:llm"]),
        prefs(),
    )
    with pytest.raises(ToolError, match=r"its tags are tag:llm, not tag:b .tags.. The control server has left it so"):
        converge(play, clock, Wanted(tags=("tag:b",)), force=True)


def test_connecting_again_uses_no_flag_at_all(script: Make, clock: FakeClock) -> None:
    play = script(status("Stopped"), prefs(WantRunning=False), Step("ts up"), status(), prefs())
    steps = converge(play, clock, Wanted(), with_key=False)[0]
    assert steps == ["connect"]
    assert play.timeouts[2] == 30


def test_down(script: Make, clock: FakeClock) -> None:
    play = script(status(), prefs(), Step("ts down"), status("Stopped"), prefs(WantRunning=False))
    assert converge(play, clock, Wanted(state="down"))[0] == ["disconnect"]
    stopped = [status("Stopped"), prefs(WantRunning=False)]
    assert converge(script(*stopped, *stopped), clock, Wanted(state="down"))[0] == []


def test_a_daemon_that_was_just_started(script: Make, clock: FakeClock) -> None:
    up = status()
    play = script(NO_DAEMON, NO_DAEMON, status("NoState"), status("Starting"), up, prefs(), up, prefs())
    assert converge(play, clock, Wanted(), with_key=False)[0] == []


def test_a_daemon_that_never_answers(script: Make, clock: FakeClock) -> None:
    with pytest.raises(ToolError, match="tailscaled does not answer: failed to connect"):
        converge(script(*[NO_DAEMON] * 6), clock, Wanted(), timeout=1)


def test_a_daemon_that_never_gets_past_its_start(script: Make, clock: FakeClock) -> None:
    with pytest.raises(ToolError, match=r"still in state Starting after 1 s. control is down"):
        converge(script(*[status("Starting", health="control is down")] * 6), clock, Wanted(), timeout=1)


def test_the_app_without_its_app(script: Make, clock: FakeClock) -> None:
    with pytest.raises(CommandError, match="open-source tailscaled"):
        converge(script(Step(STATUS, APP)), clock, Wanted())


def test_a_node_that_has_to_be_approved(script: Make, clock: FakeClock) -> None:
    waiting = status("NeedsMachineAuth")
    with pytest.raises(ToolError, match="approve it in the admin console"):
        converge(script(waiting, prefs(), waiting), clock, Wanted())


def test_no_address_in_time(script: Make, clock: FakeClock) -> None:
    up = status(addresses=False)
    with pytest.raises(ToolError, match="in state Running with 0 addresses"):
        converge(script(up, prefs(), *[up] * 6), clock, Wanted(), timeout=1)


# the module's own parts


def test_key_file_is_private_and_goes_away(tmp_path: Path) -> None:
    with module.key_file(" tskey-auth-secret\n", str(tmp_path)) as path:
        file = Path(path)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_text() == "tskey-auth-secret\n"
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ToolError), module.key_file("k", str(tmp_path)):
        raise ToolError("in between")
    assert list(tmp_path.iterdir()) == []


def test_tags_begin_with_tag() -> None:
    with pytest.raises(ToolError, match=r"'llm' .tags. has to begin with tag:"):
        module.check_tags(["tag:a", "llm"])


def test_check_mode_predicts_what_the_login_makes() -> None:
    wanted = Wanted(login_server=SERVER, hostname="m1", tags=("tag:llm",), accept_dns=False)
    found, had = module.predicted(module.NO_STATUS, module.NO_PREFS, wanted, ["login"])
    assert module.picture(found, had, wanted) == {
        "backend_state": "Running",
        "login_server": SERVER,
        "hostname": "m1",
        "tags": ["tag:llm"],
        "accept_dns": False,
    }
