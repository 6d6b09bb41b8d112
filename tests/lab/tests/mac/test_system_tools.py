"""The tools that Ansible's setup asks, and their small sisters."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lab.mac import spec, unknown
from lab.mac.spec import MacSpec
from lab.mac.tools import caffeinate, fdesetup, ifconfig, ps, route, scutil, sysctl, system_profiler, uname, vm_stat
from lab.mac.tools import id as id_tool
from lab.mac.tools.interfaces import Interface
from lab.mac.trial import until

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    mac = MacSpec("maca", "10.99.0.11", "fd99::11", "", None, "", memory_bytes=16 << 30)
    spec.save(mac, tmp_path)
    load = spec.load
    monkeypatch.setattr(spec, "load", lambda: load(tmp_path))

    def call(tool: Any, *arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = tool.main(list(arguments))
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


# -- sysctl, vm_stat, uname


def test_sysctl(run: Run) -> None:
    assert run(sysctl, "hw.memsize") == (0, "hw.memsize: 17179869184\n", "")
    assert run(sysctl, "-n", "hw.model", "hw.pagesize") == (0, "Mac16,11\n16384\n", "")
    assert run(sysctl, "hw.memsize", "x", "y") == (
        2, "hw.memsize: 17179869184\n", "sysctl: unknown oid 'x'\nsysctl: unknown oid 'y'\n"
    )  # fmt: skip


def test_sysctl_tells_what_no_mac_has_from_what_is_not_simulated(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(sysctl, "hw.cpufrequency") == (1, "", "sysctl: unknown oid 'hw.cpufrequency'\n")
    with pytest.raises(SystemExit) as ended:
        run(sysctl, "-n", "vm.overcommit")
    assert ended.value.code == unknown.STATUS
    assert capsys.readouterr().err == "sysctl: the simulated Mac does not know: vm.overcommit\n"


def test_sysctl_answers_what_setup_needs(run: Run) -> None:
    status, out, _ = run(sysctl, "hw", "machdep", "kern", "hw.model")
    names = dict(line.split(": ", 1) for line in out.splitlines())
    assert status == 0
    assert {"hw.model", "hw.memsize", "hw.pagesize", "hw.logicalcpu", "kern.osversion", "kern.osrevision",
            "machdep.cpu.brand_string", "machdep.cpu.core_count"} <= names.keys()  # fmt: skip


def test_boot_time_is_raw_with_b(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec, "load", lambda: MacSpec("maca", "", "", "", None, ""))
    assert sysctl.main(["-b", "kern.boottime"]) == 0
    seconds, microseconds = struct.unpack("<qq", capfdbinary.readouterr().out)
    assert seconds > 0
    assert 0 <= microseconds < 1_000_000


def test_vm_stat(run: Run) -> None:
    lines = run(vm_stat)[1].splitlines()
    assert lines[0] == "Mach Virtual Memory Statistics: (page size of 16384 bytes)"
    assert {len(line) for line in lines[1:]} == {53}
    assert all(":" in line for line in lines)
    names = [line.partition(":")[0] for line in lines[1:]]
    assert names[:6] == ["Pages free", "Pages active", "Pages inactive", "Pages speculative", "Pages throttled",
                         "Pages wired down"]  # fmt: skip
    assert names[-1] == "Swapouts"


def test_uname(run: Run) -> None:
    assert run(uname)[1] == "Darwin\n"
    assert run(uname, "-srm")[1] == "Darwin 25.5.0 arm64\n"
    assert run(uname, "-a")[1] == (
        f"Darwin {os.uname().nodename} 25.5.0 Darwin Kernel Version 25.5.0: Mon Apr 27 20:41:26 PDT 2026; "
        "root:xnu-12377.121.6~2/RELEASE_ARM64_T6041 arm64\n"
    )


def test_filevault_and_hardware(run: Run) -> None:
    assert run(fdesetup, "status") == (0, "FileVault is Off.\n", "")
    assert run(fdesetup, "isactive") == (1, "false\n", "")
    assert '      "physical_memory" : "16 GB"' in run(system_profiler, "SPHardwareDataType", "-json")[1]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (ps, ["-t", "ttys000"]),
        (ps, ["-g", "1"]),
        (ps, ["-G", "0"]),
        (ps, ["-O", "pid"]),
        (ps, ["-axm"]),
        (ps, ["-j", "-o", "pid"]),
        (id_tool, ["-A"]),
        (id_tool, ["-M"]),
    ],
)
def test_what_would_be_ignored_is_refused(run: Run, tool: Any, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(tool, *arguments)
    assert ended.value.code == unknown.STATUS


# -- ps


def test_ps_as_setup_asks(run: Run) -> None:
    assert run(ps, "-p", "1", "-o", "comm") == (0, "COMM\n/sbin/launchd\n", "")


def test_ps_without_headers(run: Run) -> None:
    status, out, _ = run(ps, "-axo", "pid=,ppid=")
    rows = [line.split() for line in out.splitlines()]
    assert status == 0
    assert [str(os.getpid()), str(os.getppid())] in rows
    assert all(len(row) == 2 for row in rows)


def test_ps_of_one_process(run: Run) -> None:
    me = str(os.getpid())
    assert run(ps, "-o", "user=", "-p", me) == (0, "root\n", "")
    assert run(ps, "-o", "pid=PROCESS", "-p", me)[1].split() == ["PROCESS", me]
    assert run(ps, "-p", "4194305")[0] == 1


def test_ps_refuses_what_bsd_has_not(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in (
        (["--forest"], "ps: illegal option -- -\n"),
        (["-o", "cgroup"], "ps: cgroup: keyword not found\n"),
    ):
        with pytest.raises(SystemExit) as ended:
            run(ps, *arguments)
        assert ended.value.code == 1
        assert capsys.readouterr().err.startswith(said)


# -- the network

FLAGS = frozenset({"UP", "BROADCAST", "LOWER_UP"})


def test_ifconfig_of_ethernet() -> None:
    addresses = (
        {"family": "inet", "local": "10.20.64.246", "prefixlen": 16, "scope": "global"},
        {"family": "inet6", "local": "fe80::8c5:cf0f:3f4e:bf58", "prefixlen": 64, "scope": "link"},
    )
    shown = ifconfig.describe(Interface("en0", 11, 1500, FLAGS, "74:0e:a4:8d:42:2b", addresses))
    assert "\n".join(shown) == (
        "en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500\n"
        "\toptions=6460<TSO4,TSO6,CHANNEL_IO,PARTIAL_CSUM,ZEROINVERT_CSUM>\n"
        "\tether 74:0e:a4:8d:42:2b\n"
        "\tinet6 fe80::8c5:cf0f:3f4e:bf58%en0 prefixlen 64 secured scopeid 0xb \n"
        "\tinet 10.20.64.246 netmask 0xffff0000 broadcast 10.20.255.255\n"
        "\tnd6 options=201<PERFORMNUD,DAD>\n"
        "\tmedia: autoselect\n"
        "\tstatus: active"
    )


def test_ifconfig_of_loopback_and_tunnel() -> None:
    loopback = (
        {"family": "inet", "local": "127.0.0.1", "prefixlen": 8, "scope": "host"},
        {"family": "inet6", "local": "::1", "prefixlen": 128, "scope": "host"},
    )
    assert ifconfig.describe(Interface("lo0", 1, 65536, frozenset({"UP"}), "", loopback))[:5] == [
        "lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384",
        "\toptions=1203<RXCSUM,TXCSUM,TXSTATUS,SW_TIMESTAMP>",
        "\tinet 127.0.0.1 netmask 0xff000000",
        "\tinet6 ::1 prefixlen 128 ",
        "\tinet6 fe80::1%lo0 prefixlen 64 scopeid 0x1 ",
    ]
    tunnel = ({"family": "inet", "local": "100.64.0.2", "prefixlen": 32, "scope": "global"},)
    assert ifconfig.describe(Interface("utun4", 3, 1280, frozenset({"UP"}), "", tunnel))[:2] == [
        "utun4: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1280",
        "\tinet 100.64.0.2 --> 100.64.0.2 netmask 0xffffffff",
    ]


def test_route(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "ip", lambda *_: [{"dst": "default", "gateway": "192.168.68.1", "dev": "eth0"}])
    assert run(route, "-n", "get", "default")[1] == (
        "   route to: default\n"
        "destination: default\n"
        "       mask: default\n"
        "    gateway: 192.168.68.1\n"
        "  interface: en0\n"
        "      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL>\n"
        " recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire\n"
        "       0         0         0         0         0         0      1500         0 \n"
    )
    monkeypatch.setattr(route, "ip", lambda *_: [])
    assert run(route, "-n", "get", "-inet6", "default") == (
        1, "", "route: writing to routing socket: not in table\n"
    )  # fmt: skip


# -- scutil, caffeinate


def test_scutil_says_what_is_not_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"ComputerName": "Ada's Mac", "LocalHostName": "adas-mac", "HostName": None}
    monkeypatch.setattr(scutil, "name", names.get)
    assert run(scutil, "--get", "ComputerName") == (0, "Ada's Mac\n", "")
    assert run(scutil, "--get", "HostName") == (1, "", "HostName: not set\n")


def test_caffeinate_holds_an_assertion_until_it_is_told_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "assertions"
    monkeypatch.setattr(caffeinate, "ASSERTIONS", folder)
    child = os.fork()
    if child == 0:
        status = 70
        try:
            status = caffeinate.main(["-s", "-t", "100"])
        except SystemExit as ended:
            status = int(ended.code or 0)
        finally:
            os._exit(status)
    until((folder / str(child)).exists, "the assertion is held")
    os.kill(child, 15)
    assert os.waitpid(child, 0)[1] == 0
    assert list(folder.iterdir()) == []


def test_caffeinate_with_a_bad_flag(run: Run) -> None:
    usage = "usage: caffeinate [-disu] [-t timeout] [-w Process ID] [command arguments...]\n"
    assert run(caffeinate, "-z") == (1, "", usage)
    assert run(caffeinate, "-h") == (0, "", usage)
