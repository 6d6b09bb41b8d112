"""The readers of the Mac's tools, against what real Macs printed. Needs no Mac and no lab."""

from __future__ import annotations

import socket
import threading

import pytest

from . import probe, readings

RUNNING_DAEMON = """\
system/org.iron-link.daemon = {
	active count = 1
	path = /Library/LaunchDaemons/org.iron-link.daemon.plist
	type = LaunchDaemon
	state = running

	program = /usr/local/bin/iron-link-daemon
	arguments = {
		/usr/local/bin/iron-link-daemon
	}

	stdout path = /Users/administrator/Library/Application Support/iron-link/daemon.log
	stderr path = /Users/administrator/Library/Application Support/iron-link/daemon.log
	default environment = {
		PATH => /usr/bin:/bin:/usr/sbin:/sbin
	}

	environment = {
		OSLogRateLimit => 64
		XPC_SERVICE_NAME => org.iron-link.daemon
	}

	domain = system
	username = ironlink
	minimum runtime = 10
	exit timeout = 5
	runs = 1
	pid = 10526
	immediate reason = speculative
	forks = 0
	checked allocations = 0 (queried = 1)
	last exit code = (never exited)

	resource coalition = {
		ID = 4782
		type = resource
		state = active
		active count = 1
		name = org.iron-link.daemon
	}

	jetsam coalition = {
		ID = 4783
		state = active
	}

	spawn type = daemon (3)
	properties = keepalive | runatload | inferred program
}
"""

WAITING_AGENT = """\
gui/501/com.example.job = {
	active count = 0
	path = /Users/admin/Library/LaunchAgents/com.example.job.plist
	type = LaunchAgent
	state = spawn scheduled

	program = /bin/sh
	arguments = {
		/bin/sh
		-c
		echo 'state = x'
	}

	domain = gui/501 [100002]
	asid = 100002
	runs = 4
	last exit code = 78: EX_CONFIG

	spawn type = daemon (3)
}
"""

LSOF = """\
COMMAND     PID      USER   FD   TYPE             DEVICE SIZE/OFF NODE NAME
launchd       1      root    7u  IPv6 0x5f0e2a1b7d3c9a41      0t0  TCP *:22 (LISTEN)
ollama      612     admin    3u  IPv4 0x2b8c11d07ac0be0f      0t0  TCP 127.0.0.1:11434 (LISTEN)
haproxy     640  _haproxy    5u  IPv4 0x77d1f3a19a6bb3c1      0t0  TCP 100.64.0.1:11434 (LISTEN)
haproxy     640  _haproxy    6u  IPv6 0x77d1f3a19a6bb3c2      0t0  TCP [fd7a:115c:a1e0::1]:11434 (LISTEN)
"""

PMSET_DESKTOP = """\
AC Power:
 Sleep On Power Button 1
 autorestartatconnect 0
 lowpowermode         0
 standby              0
 womp                 1
 sleep                0
 autorestart          1
 disksleep            0
"""


def test_a_running_daemon_is_read() -> None:
    read = readings.service(RUNNING_DAEMON)
    assert read == readings.Service(
        target="system/org.iron-link.daemon",
        path="/Library/LaunchDaemons/org.iron-link.daemon.plist",
        state="running",
        pid=10526,
        runs=1,
        last_exit=None,
        username="ironlink",
        stderr_path="/Users/administrator/Library/Application Support/iron-link/daemon.log",
    )
    assert read.running


def test_the_state_of_a_coalition_is_not_the_service_s() -> None:
    assert readings.service(RUNNING_DAEMON.replace("\tstate = running\n", "", 1)).state == ""


def test_a_crashing_agent_is_read() -> None:
    read = readings.service(WAITING_AGENT)
    assert (read.state, read.pid, read.runs, read.last_exit) == ("spawn scheduled", None, 4, 78)
    assert not read.running


def test_an_error_of_launchctl_is_no_service() -> None:
    with pytest.raises(ValueError, match="not a service"):
        readings.service('Bad request.\nCould not find service "x" in domain for system\n')


def test_listeners_are_read() -> None:
    read = readings.listeners(LSOF)
    assert read[0] == readings.Listener("launchd", 1, "root", "*", 22)
    assert read[3] == readings.Listener("haproxy", 640, "_haproxy", "fd7a:115c:a1e0::1", 11434)
    assert [listener.on_loopback for listener in read] == [False, True, False, False]


def test_an_unknown_line_of_lsof_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a line of lsof"):
        readings.listeners("lsof: WARNING: can't stat()\n")


def test_power_settings_are_read() -> None:
    read = readings.power(PMSET_DESKTOP)
    assert list(read) == ["AC Power"]
    assert read["AC Power"]["Sleep On Power Button"] == "1"
    assert read["AC Power"]["sleep"] == "0"
    assert read["AC Power"]["autorestart"] == "1"


def test_a_setting_outside_any_source_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a line of pmset"):
        readings.power(" sleep                0\n")


@pytest.mark.parametrize(
    ("received", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", False),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n", False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", False),
    ],
)
def test_the_end_of_an_answer_is_known(received: bytes, whole: bool) -> None:
    assert probe.complete(received) is whole


def test_the_probe_tells_refused_from_answered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        thread = threading.Thread(target=answer)
        thread.start()
        found = probe.attempt({"address": "127.0.0.1", "port": port, "send": "GET / HTTP/1.1\r\n\r\n", "timeout": 5})
        thread.join()
    assert found["how"] == "answered"
    assert found["received"].endswith("ok")
    assert probe.attempt({"address": "127.0.0.1", "port": port, "send": "", "timeout": 5})["how"] == "refused"
