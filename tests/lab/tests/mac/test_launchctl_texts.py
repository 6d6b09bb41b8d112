"""What launchctl prints and exits with, held against output captured on real Macs."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from lab.mac.launch import errors
from lab.mac.tools import launchctl
from lab.mac.trial import TrialMac, until

HINT = "Try re-running the command as root for richer errors.\n"

# A LaunchDaemon bootstrapped by sudo, as it runs (a Mac of 2026). The program is the test's own.
RUNNING_DAEMON = """\
system/org.iron-link.daemon = {
	active count = 1
	path = ROOT/Library/LaunchDaemons/org.iron-link.daemon.plist
	type = LaunchDaemon
	state = running

	program = ROOT/iron-link-daemon
	arguments = {
		ROOT/iron-link-daemon
	}

	stdout path = ROOT/iron-link/daemon.log
	stderr path = ROOT/iron-link/daemon.log
	default environment = {
		PATH => /usr/bin:/bin:/usr/sbin:/sbin
	}

	environment = {
		OSLogRateLimit => 64
		SUDO_GID => 20
		SUDO_UID => 501
		IRON_LINK_CONFIG_DIR => ROOT/iron-link
		XPC_SERVICE_NAME => org.iron-link.daemon
	}

	domain = system
	minimum runtime = 10
	exit timeout = 5
	runs = 1
	pid = N
	immediate reason = speculative
	forks = 0
	execs = 1
	initialized = 1
	trampolined = 1
	started suspended = 0
	proxy started suspended = 0
	checked allocations = 0 (queried = 1)
	checked allocations reason = no host
	checked allocations flags = 0x0
	last exit code = (never exited)

	resource coalition = {
		ID = N
		type = resource
		state = active
		active count = 1
		name = org.iron-link.daemon
	}

	jetsam coalition = {
		ID = N
		type = jetsam
		state = active
		active count = 1
		name = org.iron-link.daemon
	}

	spawn type = daemon (3)
	jetsam priority = 40
	jetsam memory limit (active) = (unlimited)
	jetsam memory limit (inactive) = (unlimited)
	jetsamproperties category = daemon
	jetsam thread limit = 32
	cpumon = default

	properties = keepalive | runatload | inferred program
}
"""

# A LaunchAgent that was bootstrapped and never ran (macOS 27).
IDLE_AGENT = """\
gui/501/example.residueguard.fixture.iso01 = {
	active count = 0
	path = ROOT/Library/LaunchAgents/example.residueguard.fixture.iso01.plist
	type = LaunchAgent
	state = not running

	program = /usr/bin/true
	arguments = {
		/usr/bin/true
	}

	inherited environment = {
		SSH_AUTH_SOCK => /var/run/com.apple.launchd.session/Listeners
	}

	default environment = {
		PATH => /usr/bin:/bin:/usr/sbin:/sbin
	}

	environment = {
		OSLogRateLimit => 64
		XPC_SERVICE_NAME => example.residueguard.fixture.iso01
	}

	domain = gui/501 [100002]
	asid = 100002
	minimum runtime = 10
	exit timeout = 5
	runs = 0
	last exit code = (never exited)

	spawn type = daemon (3)
	jetsam priority = 40
	jetsam memory limit (active) = (unlimited)
	jetsam memory limit (inactive) = (unlimited)
	jetsam thread limit = 32
	cpumon = default
	sanitizer flags = 0x0

	properties = inferred program
}
"""


def normal(text: str, mac: TrialMac) -> str:
    return re.sub(r"(\t(?:pid|ID) = )\d+", r"\1N", text.replace(str(mac.root), "ROOT"))


def test_a_running_daemon(mac: TrialMac, monkeypatch: pytest.MonkeyPatch) -> None:
    program = mac.root / "iron-link-daemon"
    program.write_text("#!/bin/sh\nexec sleep 1000\n")
    program.chmod(0o755)
    log = str(mac.root / "iron-link/daemon.log")
    path = mac.plist(
        "org.iron-link.daemon",
        ProgramArguments=[str(program)],
        RunAtLoad=True,
        KeepAlive=True,
        StandardOutPath=log,
        StandardErrorPath=log,
        EnvironmentVariables={"IRON_LINK_CONFIG_DIR": str(mac.root / "iron-link")},
    )
    monkeypatch.setenv("SUDO_UID", "501")
    monkeypatch.setenv("SUDO_GID", "20")
    mac.ok("bootstrap", "system", path)
    until(lambda: mac.state("system/org.iron-link.daemon") == "running", "it runs")
    assert normal(mac.ok("print", "system/org.iron-link.daemon"), mac) == RUNNING_DAEMON


def test_an_agent_that_never_ran(mac: TrialMac) -> None:
    label = "example.residueguard.fixture.iso01"
    mac.ask(op="login", user="admin")
    mac.ok("bootstrap", "gui/501", mac.plist(label, "Library/LaunchAgents", ProgramArguments=["/usr/bin/true"]))
    assert normal(mac.ok("print", f"gui/501/{label}"), mac) == IDLE_AGENT


def test_print_disabled(mac: TrialMac) -> None:
    mac.ok("disable", "system/com.apple.ftpd")
    mac.ok("enable", "system/com.openssh.sshd")
    assert mac.ok("print-disabled", "system") == (
        "\n"
        "\tdisabled services = {\n"
        '\t\t"com.apple.ftpd" => disabled\n'
        '\t\t"com.openssh.sshd" => enabled\n'
        "\t}\n"
        "\n"
        "\tlogin item associations = {\n"
        "\t}\n"
    )


def test_list(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.sleeper("com.flint.searxng", RunAtLoad=True))
    mac.ok("bootstrap", "system", mac.script("com.example.stopped", "exit 78", RunAtLoad=True))
    mac.ok("bootstrap", "system", mac.sleeper("com.flint.deploy"))
    until(lambda: mac.field("system/com.example.stopped", "last exit code") == "78: EX_CONFIG", "it ended")
    pid = until(lambda: mac.pid("system/com.flint.searxng"), "it runs")
    assert mac.ok("list") == (
        f"PID\tStatus\tLabel\n{pid}\t0\tcom.flint.searxng\n-\t78\tcom.example.stopped\n-\t0\tcom.flint.deploy\n"
    )


def test_list_of_one(mac: TrialMac) -> None:
    path = mac.sleeper(
        "org.bareos.bareos-fd", RunAtLoad=True, StandardOutPath="/dev/null", StandardErrorPath="/dev/zero"
    )
    mac.ok("bootstrap", "system", path)
    pid = until(lambda: mac.pid("system/org.bareos.bareos-fd"), "it runs")
    assert mac.ok("list", "org.bareos.bareos-fd") == (
        "{\n"
        '\t"StandardOutPath" = "/dev/null";\n'
        '\t"LimitLoadToSessionType" = "System";\n'
        '\t"StandardErrorPath" = "/dev/zero";\n'
        '\t"Label" = "org.bareos.bareos-fd";\n'
        '\t"OnDemand" = true;\n'
        '\t"LastExitStatus" = 0;\n'
        f'\t"PID" = {pid};\n'
        '\t"Program" = "/bin/sleep";\n'
        '\t"ProgramArguments" = (\n'
        '\t\t"/bin/sleep";\n'
        '\t\t"1000";\n'
        "\t);\n"
        "};\n"
    )


UNLOAD_FAILED = """\
Unload failed: 5: Input/output error
Try running `launchctl bootout` as root for richer errors.
"""
LOAD_FAILED = """\
Load failed: 5: Input/output error
Try running `launchctl bootstrap` as root for richer errors.
"""
MISSING = [
    (["print", "system/x"], 113, 'Bad request.\nCould not find service "x" in domain for system\n'),
    (["print", "gui/9999"], 112, "Bad request.\nCould not find domain for user gui: 9999\n"),
    (["print", "gui/9999/x"], 112, "Bad request.\nCould not find domain for user gui: 9999\n"),
    (["print", "gui/501"], 125, "Could not print domain: 125: Domain does not support specified action\n"),
    (["print", "user/501/x"], 113, 'Bad request.\nCould not find service "x" in domain for uid: 501\n'),
    (["bootout", "system/x"], 3, "Boot-out failed: 3: No such process\n"),
    (["bootout", "system", "/nowhere.plist"], 5, "Boot-out failed: 5: Input/output error\n"),
    (["bootout", "gui/501/x"], 125, "Boot-out failed: 125: Domain does not support specified action\n"),
    (["enable", "gui/501/x"], 125, "Could not enable service: 125: Domain does not support specified action\n"),
    (["kickstart", "system/x"], 113, 'Could not find service "x" in domain for system\n'),
    (["kill", "TERM", "system/x"], 113, 'Could not find service "x" in domain for system\n'),
    (["list", "x"], 113, 'Could not find service "x" in domain for port\n'),
    (["bootstrap", "system", "/nowhere.plist"], 5, "Bootstrap failed: 5: Input/output error\n"),
    (["remove", "x"], 0, ""),
    (["unload", "/nowhere.plist"], 0, UNLOAD_FAILED),
    (["load", "/nowhere.plist"], 0, LOAD_FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "status", "stderr"), MISSING, ids=[" ".join(row[0]) for row in MISSING])
def test_what_is_not_there(quiet_mac: TrialMac, arguments: list[str], status: int, stderr: str) -> None:
    assert quiet_mac.ctl(*arguments) == (status, "", stderr)


@pytest.mark.parametrize("target", ["x", "gui/x/y", "gui", "user//x", "Library/LaunchDaemons"])
def test_a_malformed_target(quiet_mac: TrialMac, target: str) -> None:
    status, _, err = quiet_mac.ctl("print", target)
    assert status == 64
    assert err.startswith(
        "Unrecognized target specifier. <service-target> takes a form of <domain-target>/<service-id>.\n"
        "Please refer to `man launchctl` for explanation of the <domain-target> specifiers.\n"
        "Usage: launchctl print "
    )


def test_unknown_and_missing_verbs(quiet_mac: TrialMac) -> None:
    status, _, err = quiet_mac.ctl("frobnicate")
    assert status == 1
    assert err.startswith("Unrecognized subcommand: frobnicate\n")
    assert quiet_mac.ctl()[0] == 0


def test_the_hint_is_for_those_who_are_not_root(quiet_mac: TrialMac, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 501)
    assert quiet_mac.ctl("bootstrap", "gui/501", "/nowhere.plist") == (
        125,
        "",
        f"Bootstrap failed: 125: Domain does not support specified action\n{HINT}",
    )


def test_what_is_real_and_not_simulated_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        launchctl.main(["dumpstate"])
    assert ended.value.code == 99
    assert "launchctl: the simulated Mac does not know: the subcommand dumpstate" in capsys.readouterr().err


def test_a_key_that_launchd_has_and_the_simulation_has_not(mac: TrialMac, capsys: pytest.CaptureFixture[str]) -> None:
    path = mac.sleeper("com.example.watching", WatchPaths=["/tmp"])
    with pytest.raises(SystemExit) as ended:
        launchctl.main(["bootstrap", "system", path])
    assert ended.value.code == 99
    assert "WatchPaths" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "Operation not permitted"), (5, "Input/output error"), (36, "Operation now in progress"),
     (112, "Could not find specified domain"), (113, "Could not find specified service"), (119, "Service is disabled"),
     (122, "Path had bad ownership/permissions"), (125, "Domain does not support specified action"),
     (134, "Service cannot load in requested session"), (146, "Domain is in on-demand-only mode"),
     (150, "Operation not permitted while System Integrity Protection is engaged"),
     (155, "Refusing to execute/trust quarantined program/file"), (159, "Sandbox restriction"),
     (161, "Service cannot be launched because of BTM policy")],
)  # fmt: skip
def test_error_numbers(quiet_mac: TrialMac, number: int, text: str) -> None:
    assert quiet_mac.ok("error", str(number)) == f"{number}: {text}\n"
    assert errors.text(number) == text


def test_several_paths_of_which_some_fail(mac: TrialMac) -> None:
    first = mac.sleeper("com.example.one")
    mac.ok("bootstrap", "system", first)
    second = mac.sleeper("com.example.two")
    status, _, err = mac.ctl("bootstrap", "system", first, second)
    assert status == 133
    assert err == (f"{first}: Input/output error\nBootstrap failed: 133: Multiple errors were returned; see stderr\n")
    assert mac.state("system/com.example.two") == "not running"


def test_print_of_a_domain(mac: TrialMac) -> None:
    mac.ok("bootstrap", "system", mac.sleeper("com.example.running", RunAtLoad=True))
    mac.ok("bootstrap", "system", mac.sleeper("com.example.idle"))
    mac.ok("disable", "system/com.example.other")
    pid = until(lambda: mac.pid("system/com.example.running"), "it runs")
    text = mac.ok("print", "system")
    assert text.startswith("system = {\n\ttype = system\n")
    assert f"\n\t\t{pid:>8}      - \tcom.example.running\n" in text
    assert "\n\t\t       0      - \tcom.example.idle\n" in text
    assert '\n\tdisabled services = {\n\t\t"com.example.other" => disabled\n\t}\n' in text


def test_small_verbs(quiet_mac: TrialMac) -> None:
    assert quiet_mac.ok("managername") == "System\n"
    assert quiet_mac.ok("managerpid") == "1\n"
    assert quiet_mac.ok("version").startswith("Darwin Bootstrapper Version 7.0.0: ")


def test_an_unreachable_launchd_is_said(bare_mac: TrialMac) -> None:
    status, _, err = bare_mac.ctl("print", "system")
    assert status == 1
    assert "does not answer" in err


def test_the_plists_of_a_folder_are_bootstrapped_by_one_call(mac: TrialMac) -> None:
    mac.sleeper("com.example.a")
    mac.sleeper("com.example.b")
    mac.ok("bootstrap", "system", str(Path(mac.root, "Library/LaunchDaemons")))
    assert mac.state("system/com.example.a") == mac.state("system/com.example.b") == "not running"


# Every line that depends on a key of the list, in the order in which captures of several Macs have them.
OPTIONAL_LINES = """\
system/com.example.full = {
	active count = 0
	path = ROOT/Library/LaunchDaemons/com.example.full.plist
	type = LaunchDaemon
	state = not running

	program = /bin/sleep
	arguments = {
		sleep
		10
	}

	working directory = /tmp

	stdout path = /tmp/out
	stderr path = /tmp/err
	default environment = {
		PATH => /usr/bin:/bin:/usr/sbin:/sbin
	}

	environment = {
		OSLogRateLimit => 64
		A => b
		XPC_SERVICE_NAME => com.example.full
	}

	domain = system
	username = admin
	group = staff
	umask = 27
	minimum runtime = 30
	exit timeout = 20
	nice = 10
	runs = 0
	last exit code = (never exited)

	semaphores = {
		path exists => /nowhere
	}

	spawn type = interactive (4)
	jetsam priority = 180
	jetsam memory limit (active) = (unlimited)
	jetsam memory limit (inactive) = (unlimited)
	jetsam thread limit = 32
	cpumon = default
	resource limits = {
		maxfiles (soft) => 1048576
	}

	run interval = 43200 seconds

	properties = low priority i/o
}
"""


def test_the_optional_lines(mac: TrialMac) -> None:
    path = mac.plist(
        "com.example.full",
        Program="/bin/sleep",
        ProgramArguments=["sleep", "10"],
        WorkingDirectory="/tmp",
        StandardOutPath="/tmp/out",
        StandardErrorPath="/tmp/err",
        EnvironmentVariables={"A": "b"},
        UserName="admin",
        GroupName="staff",
        Umask=0o27,
        ThrottleInterval=30,
        ExitTimeOut=20,
        Nice=10,
        KeepAlive={"PathState": {"/nowhere": True}},
        ProcessType="Interactive",
        SoftResourceLimits={"NumberOfFiles": 1048576},
        StartInterval=43200,
        LowPriorityIO=True,
    )
    mac.ok("bootstrap", "system", path)
    assert normal(mac.ok("print", "system/com.example.full"), mac) == OPTIONAL_LINES
