"""How jobs come, go, come back and are kept from coming: real processes, real signals."""

from __future__ import annotations

import itertools
import json
import os
import plistlib
import time
from pathlib import Path

import pytest
from lab.mac import client
from lab.mac.trial import DEADLINE, TrialMac, alive, until

L = "com.example.job"
T = f"system/{L}"
BIND_FAILED = "Bootstrap failed: 5: Input/output error\n"


def running(mac: TrialMac, target: str = T) -> int:
    return until(lambda: mac.pid(target), f"{target} runs")


# -- bootstrap and bootout


def test_bootstrap_registers_and_bootout_removes(mac: TrialMac) -> None:
    path = mac.sleeper(L, RunAtLoad=True)
    mac.ok("bootstrap", "system", path)
    pid = running(mac)
    assert mac.ctl("bootstrap", "system", path) == (5, "", BIND_FAILED)
    mac.ok("bootout", T)
    until(lambda: mac.state(T) is None, "it is gone")
    assert not alive(pid)
    assert mac.ctl("bootout", T)[0] == 3


def test_the_file_is_read_once(mac: TrialMac) -> None:
    path = mac.sleeper(L)
    mac.ok("bootstrap", "system", path)
    mac.plist(L, ProgramArguments=["/usr/bin/true"])
    assert mac.field(T, "program") == "/bin/sleep"


def test_the_window_while_a_job_ends(mac: TrialMac) -> None:
    """bootout has answered, the job still drains: print shows it, bootstrap fails, a second bootout says 36."""
    ready = mac.root / "ready"
    text = f"trap '' TERM; : > {ready}; while :; do sleep 0.1; done"
    path = mac.script(L, text, RunAtLoad=True, ExitTimeOut=2)
    mac.ok("bootstrap", "system", path)
    until(ready.exists, "the trap is set")
    pid = running(mac)
    mac.ok("bootout", T)
    assert mac.state(T) == "SIGTERMed"
    assert mac.ctl("bootstrap", "system", path) == (5, "", BIND_FAILED)
    assert mac.ctl("bootout", T) == (36, "", "Boot-out failed: 36: Operation now in progress\n")
    assert mac.ctl("kickstart", T)[0] == 113
    until(lambda: mac.state(T) is None, "SIGKILL has ended it")
    assert not alive(pid)
    mac.ok("bootstrap", "system", path)
    assert running(mac) != pid


def test_bootout_by_path(mac: TrialMac) -> None:
    path = mac.sleeper(L, RunAtLoad=True)
    mac.ok("bootstrap", "system", path)
    mac.ok("bootout", "system", path)
    until(lambda: mac.state(T) is None, "it is gone")


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        ({}, 5),
        ({"Label": "x", "ProgramArguments": []}, 5),
        ({"Label": "x", "ProgramArguments": "sleep 10"}, 5),
        ({"Label": "", "Program": "/bin/true"}, 5),
        ({"Label": "x", "Program": "/bin/true", "KeepAlive": "yes"}, 5),
        ({"Label": "x", "Program": "/bin/true", "ThrottleInterval": "10"}, 5),
    ],
)
def test_a_bad_definition(mac: TrialMac, keys: dict[str, object], status: int) -> None:
    path = mac.root / "bad.plist"
    path.write_bytes(plistlib.dumps(keys))
    assert mac.ctl("bootstrap", "system", str(path))[0] == status


@pytest.mark.parametrize("content", [b"", b"not a plist", b"<plist><dict>", b"bplist00\0\0"])
def test_a_file_that_is_no_plist(mac: TrialMac, content: bytes) -> None:
    path = mac.root / "bad.plist"
    path.write_bytes(content)
    assert mac.ctl("bootstrap", "system", str(path)) == (5, "", BIND_FAILED)


@pytest.mark.parametrize(("mode", "uid"), [(0o664, 0), (0o646, 0), (0o644, 501)])
def test_a_definition_that_others_could_write(mac: TrialMac, mode: int, uid: int) -> None:
    path = mac.sleeper(L, mode=mode)
    os.chown(path, uid, 0)
    assert mac.ctl("bootstrap", "system", path) == (
        122, "", "Bootstrap failed: 122: Path had bad ownership/permissions\n"
    )  # fmt: skip
    assert mac.ctl("load", path) == (0, "", f"{path}: Path had bad ownership/permissions\n")


# -- overrides


def test_a_disabled_label_is_not_loaded_until_it_is_enabled(mac: TrialMac) -> None:
    path = mac.sleeper(L)
    mac.ok("disable", T)
    assert mac.ctl("bootstrap", "system", path) == (119, "", "Bootstrap failed: 119: Service is disabled\n")
    mac.ok("enable", T)
    mac.ok("bootstrap", "system", path)


def test_disabling_leaves_a_loaded_job_alone(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.sleeper(L, RunAtLoad=True))
    pid = running(mac)
    mac.ok("disable", T)
    assert mac.pid(T) == pid


def test_overrides_outlive_the_mac(bare_mac: TrialMac) -> None:
    mac = bare_mac
    mac.sleeper("com.example.off", RunAtLoad=True)
    mac.sleeper("com.example.on", RunAtLoad=True, Disabled=True)
    mac.boot()
    assert mac.state("system/com.example.off") is not None
    assert mac.state("system/com.example.on") is None
    mac.ok("disable", "system/com.example.off")
    mac.ok("enable", "system/com.example.on")
    assert mac.shut_down() == 0
    mac.boot()
    assert mac.state("system/com.example.off") is None
    running(mac, "system/com.example.on")
    store = mac.root / "var/db/com.apple.xpc.launchd/disabled.plist"
    assert plistlib.loads(store.read_bytes()) == {"com.example.off": True, "com.example.on": False}
    assert store.stat().st_mode & 0o777 == 0o644


def test_load_w_enables_and_unload_w_disables(mac: TrialMac) -> None:
    path = mac.sleeper(L)
    mac.ok("disable", T)
    mac.ok("load", "-w", path)
    assert mac.state(T) == "not running"
    mac.ok("unload", "-w", path)
    until(lambda: mac.state(T) is None, "it is gone")
    assert f'"{L}" => disabled' in mac.ok("print-disabled", "system")


def test_one_bad_file_does_not_stop_the_boot(bare_mac: TrialMac) -> None:
    bare_mac.sleeper("com.example.good", RunAtLoad=True)
    (bare_mac.root / "Library/LaunchDaemons/a-bad.plist").write_text("nonsense")
    (bare_mac.root / "Library/LaunchDaemons/a-link.plist").symlink_to("com.example.good.plist")
    bare_mac.boot()
    running(bare_mac, "system/com.example.good")


# -- keeping alive


def test_respawn_waits_for_the_minimum_runtime(mac: TrialMac) -> None:
    """One start per ThrottleInterval, measured from launch."""
    starts = mac.root / "starts"
    text = f"date +%s.%N >> {starts}; exit 1"
    mac.ok("bootstrap", "system", mac.script(L, text, KeepAlive=True, ThrottleInterval=1))
    until(lambda: mac.state(T) == "spawn scheduled", "it is held back")
    assert mac.pid(T) is None
    assert mac.field(T, "minimum runtime") == "1"
    until(lambda: len(starts.read_text().splitlines()) >= 3, "it started three times")
    times = [float(line) for line in starts.read_text().splitlines()]
    assert all(later - earlier >= 0.95 for earlier, later in itertools.pairwise(times))
    assert int(mac.field(T, "successive crashes") or 0) >= 2
    assert mac.field(T, "last exit code") == "1"


def test_a_long_run_respawns_at_once(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.sleeper(L, KeepAlive=True, ThrottleInterval=1))
    pid = running(mac)
    born = time.monotonic()
    until(lambda: time.monotonic() - born > 1.1, "the minimum runtime is over")
    mac.ok("kill", "KILL", T)
    until(lambda: mac.pid(T) not in (None, pid), "a new process")
    assert mac.field(T, "last terminating signal") == "Killed: 9"
    assert mac.field(T, "runs") == "2"


def test_zero_throttle_is_ignored(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.sleeper(L, ThrottleInterval=0))
    assert mac.field(T, "minimum runtime") == "10"


@pytest.mark.parametrize(
    ("rule", "ending", "again"),
    [
        ({"SuccessfulExit": True}, "exit 0", True),
        ({"SuccessfulExit": True}, "exit 1", False),
        ({"SuccessfulExit": False}, "exit 1", True),
        ({"SuccessfulExit": False}, "exit 0", False),
        ({"Crashed": True}, "kill -SEGV $$", True),
        ({"Crashed": True}, "exit 1", False),
        ({"Crashed": True, "SuccessfulExit": True}, "exit 0", True),
    ],
)
def test_conditional_keep_alive(mac: TrialMac, rule: dict[str, bool], ending: str, again: bool) -> None:
    mac.ok("bootstrap", "system", mac.script(L, ending, KeepAlive=rule, ThrottleInterval=1))
    until(lambda: mac.state(T) != "running" and mac.field(T, "runs") != "0", "it ended for the first time")
    if again:
        until(lambda: int(mac.field(T, "runs") or 0) >= 2, "it started again")
    else:
        assert mac.state(T) == "not running"
    assert "\tsemaphores = {\n" in mac.ok("print", T)
    assert "keepalive" not in (mac.field(T, "properties") or "")


def test_path_state(mac: TrialMac) -> None:
    switch = mac.root / "switch"
    mac.ok("bootstrap", "system", mac.sleeper(L, KeepAlive={"PathState": {str(switch): True}}, ThrottleInterval=1))
    assert mac.state(T) == "not running"
    switch.touch()
    running(mac)


def test_other_job_enabled(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.sleeper(L, KeepAlive={"OtherJobEnabled": {"com.example.other": True}}))
    assert mac.state(T) == "not running"
    mac.ok("bootstrap", "system", mac.sleeper("com.example.other"))
    running(mac)


def test_start_interval(mac: TrialMac) -> None:
    counted = mac.root / "counted"
    mac.ok("bootstrap", "system", mac.script(L, f"echo x >> {counted}", StartInterval=1))
    assert "\trun interval = 1 seconds\n" in mac.ok("print", T)
    until(lambda: counted.exists() and len(counted.read_text().splitlines()) >= 2, "it ran twice")


def test_without_keep_alive_it_runs_once(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.script(L, "exit 3", RunAtLoad=True, ThrottleInterval=1))
    until(lambda: mac.field(T, "last exit code") == "3", "it ended")
    assert (mac.state(T), mac.field(T, "runs")) == ("not running", "1")


# -- what cannot start


def test_a_missing_program_is_a_configuration_error(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.plist(L, Program="/nowhere/program", KeepAlive=True, ThrottleInterval=1))
    until(lambda: mac.field(T, "last exit code") == "78: EX_CONFIG", "it failed")
    assert mac.state(T) == "spawn scheduled"
    assert mac.pid(T) is None


def test_an_unknown_user_is_a_configuration_error(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.sleeper(L, RunAtLoad=True, UserName="_nobody_here"))
    until(lambda: mac.field(T, "last exit code") == "78: EX_CONFIG", "it failed")


def test_a_log_that_the_user_may_not_write(mac: TrialMac) -> None:
    (mac.root / "logs").mkdir(mode=0o755)
    log = str(mac.root / "logs/job.log")
    mac.ok("bootstrap", "system", mac.sleeper(L, RunAtLoad=True, UserName="_www", StandardOutPath=log))
    until(lambda: mac.field(T, "last exit code") == "78: EX_CONFIG", "it failed")


# -- what it is given


def test_user_environment_and_output(mac: TrialMac) -> None:
    logs = mac.root / "logs"
    logs.mkdir()
    os.chown(logs, 501, 20)
    log = logs / "job.log"
    path = mac.script(
        L,
        "id -u; id -g; pwd; umask; env; ulimit -Sn; echo complaint >&2",
        RunAtLoad=True,
        UserName="admin",
        WorkingDirectory=str(logs),
        Umask=0o077,
        EnvironmentVariables={"OLLAMA_HOST": "127.0.0.1"},
        StandardOutPath=str(log),
        StandardErrorPath=str(log),
        SoftResourceLimits={"NumberOfFiles": 300},
    )
    mac.ok("bootstrap", "system", path)
    until(lambda: mac.field(T, "last exit code") == "0", "it ended")
    lines = log.read_text().splitlines()
    assert lines[:4] == ["501", "20", str(logs), "0077"]
    assert {"OLLAMA_HOST=127.0.0.1", "HOME=/Users/admin", "USER=admin", "LOGNAME=admin", f"XPC_SERVICE_NAME={L}",
            "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "300", "complaint"} <= set(lines)  # fmt: skip
    assert (log.stat().st_uid, log.stat().st_mode & 0o777) == (501, 0o600)
    assert mac.field(T, "username") == "admin"


def test_root_gets_next_to_nothing(mac: TrialMac) -> None:
    log = mac.root / "deep/er/env.log"
    mac.ok("bootstrap", "system", mac.script(L, "/usr/bin/env", RunAtLoad=True, StandardOutPath=str(log)))
    until(lambda: mac.field(T, "last exit code") == "0", "it ended")
    names = {line.partition("=")[0] for line in log.read_text().splitlines()}
    assert names <= {"PATH", "XPC_SERVICE_NAME", "PWD", "SHLVL", "_", "OLDPWD"}


def test_output_is_appended(mac: TrialMac) -> None:
    log = mac.root / "job.log"
    log.write_text("before\n")
    mac.ok("bootstrap", "system", mac.script(L, "echo after", RunAtLoad=True, StandardOutPath=str(log)))
    until(lambda: log.read_text() == "before\nafter\n", "both are there")


# -- kickstart, kill, blame


def test_kickstart(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.sleeper(L))
    printed = mac.ok("kickstart", "-p", T)
    pid = mac.pid(T)
    assert printed == f"{pid}\n"
    mac.ok("kickstart", T)
    assert mac.pid(T) == pid
    assert mac.ok("blame", T) == "non-ipc demand\n"
    mac.ok("kickstart", "-k", T)
    assert mac.pid(T) not in (None, pid)
    assert not alive(pid or 0)
    assert mac.field(T, "last terminating signal") == "Terminated: 15"


def test_kickstart_k_kills_what_does_not_listen(mac: TrialMac) -> None:
    ready = mac.root / "ready"
    text = f"trap '' TERM; : > {ready}; while :; do sleep 0.1; done"
    mac.ok("bootstrap", "system", mac.script(L, text, RunAtLoad=True, ExitTimeOut=1))
    until(ready.exists, "the trap is set")
    pid = running(mac)
    mac.ok("kickstart", "-k", T)
    assert mac.pid(T) != pid
    assert mac.field(T, "last terminating signal") == "Killed: 9"


def test_kill(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.sleeper(L))
    assert mac.ctl("kill", "TERM", T) == (3, "", "No process to signal.\n")
    assert mac.ctl("blame", T) == (3, "", "No process to signal.\n")
    mac.ok("kickstart", T)
    assert mac.ctl("kill", "NONSENSE", T) == (64, "", "Invalid signal.\n")
    mac.ok("kill", "SIGUSR1", T)
    until(lambda: mac.pid(T) is None, "it ended")
    assert mac.field(T, "last terminating signal") == "User defined signal 1: 30"
    mac.ok("kickstart", T)
    mac.ok("kill", "15", T)
    until(lambda: mac.pid(T) is None, "it ended")


def test_the_old_start_and_stop(mac: TrialMac) -> None:
    mac.ok("load", mac.sleeper(L))
    mac.ok("start", L)
    running(mac)
    mac.ok("stop", L)
    until(lambda: mac.pid(T) is None, "it ended")
    mac.ok("remove", L)
    assert mac.state(T) is None


def test_what_a_job_leaves_running_goes_with_it(mac: TrialMac) -> None:
    child = mac.root / "child"
    text = f"sleep 1000 & echo $! > {child}.new; mv {child}.new {child}; wait"
    mac.ok("bootstrap", "system", mac.script(L, text, RunAtLoad=True))
    until(child.exists, "the child is there")
    mac.ok("bootout", T)
    until(lambda: not alive(int(child.read_text())), "the child has gone too")


def test_orphans_are_reaped(mac: TrialMac) -> None:
    orphan = mac.root / "orphan"
    inner = f"echo $$ > {orphan}.new; mv {orphan}.new {orphan}; sleep 0.2"
    text = f"(setsid sh -c '{inner}' &); while [ ! -e {orphan} ]; do sleep 0.02; done"
    mac.ok("bootstrap", "system", mac.script(L, text, RunAtLoad=True))
    until(orphan.exists, "the orphan has begun")
    until(lambda: not Path(f"/proc/{orphan.read_text().strip()}").exists(), "nothing is left of it")


# -- the login session


def test_the_gui_domain_lives_from_login_to_logout(mac: TrialMac) -> None:
    agent = mac.sleeper("com.example.agent", "Users/admin/Library/LaunchAgents", RunAtLoad=True)
    os.chown(agent, 501, 20)
    everybody = mac.sleeper("com.example.everybody", "Library/LaunchAgents", RunAtLoad=True)
    target = "gui/501/com.example.agent"
    assert mac.ctl("bootstrap", "gui/501", agent)[0] == 125
    mac.ask(op="login", user="admin")
    pid = running(mac, target)
    assert os.stat(f"/proc/{pid}").st_uid == 501
    running(mac, "gui/501/com.example.everybody")
    assert mac.ask(op="console")["user"] == "admin"
    mac.ask(op="logout")
    assert mac.ctl("print", "gui/501")[0] == 125
    assert not alive(pid)
    assert mac.ask(op="console")["user"] is None
    assert everybody


def test_an_agent_of_somebody_else_is_refused(mac: TrialMac) -> None:
    mac.ask(op="login", user="admin")
    path = mac.sleeper("com.example.agent", "Users/admin/Library/LaunchAgents")
    os.chown(path, 70, 70)
    assert mac.ctl("bootstrap", "gui/501", path)[0] == 122


def test_the_user_domain_wants_background(mac: TrialMac) -> None:
    plain = mac.sleeper("com.example.plain", "Users/admin/Library/LaunchAgents")
    assert mac.ctl("bootstrap", "user/501", plain) == (5, "", BIND_FAILED)
    both = mac.sleeper("com.example.both", "Users/admin/Library/LaunchAgents", RunAtLoad=True,
                       LimitLoadToSessionType=["Aqua", "Background"])  # fmt: skip
    mac.ok("bootstrap", "user/501", both)
    running(mac, "user/501/com.example.both")


def test_gui_and_user_share_their_overrides(mac: TrialMac) -> None:
    mac.ask(op="login", user="admin")
    mac.ok("disable", "gui/501/com.example.agent")
    assert '"com.example.agent" => disabled' in mac.ok("print-disabled", "user/501")
    assert (mac.root / "var/db/com.apple.xpc.launchd/disabled.501.plist").exists()


def as_admin(mac: TrialMac, **message: object) -> int:
    """The error number that uid 501 gets: the kernel says who asks."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgid(20)
            os.setuid(501)
            os.write(write_end, json.dumps(client.request(mac.socket, dict(message))).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(write_end)
    with os.fdopen(read_end) as reader:
        answer = reader.read()
    assert os.waitpid(child, 0)[1] == 0
    return int(json.loads(answer)["error"])


def test_who_may_do_what(mac: TrialMac) -> None:
    path = mac.sleeper(L)
    mac.ok("bootstrap", "system", path)
    assert as_admin(mac, op="print", domain="system", label=L) == 0
    assert as_admin(mac, op="kickstart", domain="system", label=L) == 1
    assert as_admin(mac, op="bootstrap", domain="system", paths=[path]) == 1
    assert as_admin(mac, op="disable", domain="system", label=L) == 1
    assert as_admin(mac, op="login", user="admin") == 1
    assert as_admin(mac, op="print", domain="user/70") == 1
    assert as_admin(mac, op="print", domain="user/501") == 0


# -- the end


def test_shutdown_takes_everything_with_it_in_bounded_time(mac: TrialMac) -> None:
    ready = mac.root / "ready"
    mac.ok("bootstrap", "system", mac.sleeper("com.example.polite", KeepAlive=True))
    text = f"trap '' TERM; : > {ready}; while :; do sleep 0.1; done"
    mac.ok("bootstrap", "system", mac.script(L, text, RunAtLoad=True, ExitTimeOut=0))
    until(ready.exists, "the trap is set")
    pids = [running(mac), running(mac, "system/com.example.polite")]
    began = time.monotonic()
    assert mac.shut_down() == 0
    assert time.monotonic() - began < DEADLINE
    assert not any(alive(pid) for pid in pids)


def test_a_restart_is_told_by_the_exit_status(mac: TrialMac) -> None:
    mac.ask(op="shutdown", restart=True)
    assert mac.ended() == 1


def test_the_log_of_a_job(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.sleeper(L, RunAtLoad=True))
    running(mac)
    mac.ok("bootout", T)
    until(lambda: mac.state(T) is None, "it is gone")
    text = "\n".join(mac.ask(op="log", label=L)["lines"])
    for said in ("bootout initiated by: launchctl[", "signaled service: Terminated: 15", "removing service"):
        assert said in text
