"""Commands with BSD's flags, and nothing that a Mac does not have."""

from __future__ import annotations

import os
import stat as mode_bits
import subprocess
from pathlib import Path

import pytest
from lab.mac import bsd, userland
from lab.mac.tools import base64, date, md5, mktemp, plutil, readlink, stat

PLIST = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>KeepAlive</key>
	<true/>
	<key>Label</key>
	<string>com.example</string>
	<key>ProgramArguments</key>
	<array>
		<string>/bin/sleep</string>
		<string>10</string>
	</array>
</dict>
</plist>
"""


def run_guard(folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a guard around a program that prints what it was given."""
    show = folder / "show"
    show.write_text('#!/bin/sh\nprintf "[%s]" "$@"\n')
    show.chmod(0o755)
    guard = folder / name
    guard.write_text(bsd.guard(name, str(show), bsd.GUARDED[name]))
    guard.chmod(0o755)
    return subprocess.run([str(guard), *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ls", ["-la", "/tmp"]),
        ("mkdir", ["-p", "-m", "0755", "a b"]),
        ("mkdir", ["-pm0755", "x"]),
        ("head", ["-1", "x"]),
        ("head", ["-n", "-3", "x"]),
        ("tail", ["-n5", "x"]),
        ("grep", ["--color=auto", "-qE", "^x$"]),
        ("grep", ["-e", "--anything", "file"]),
        ("rm", ["-rf", "--", "-x"]),
        ("cut", ["-d", ":", "-f1", "x"]),
        ("pkill", ["-TERM", "-f", "x"]),
        ("chown", ["-R", "admin:staff", "x"]),
        ("ls", ["dir", "--color"]),
        ("cat", []),
    ],
)
def test_what_bsd_knows_passes_as_it_is(tmp_path: Path, name: str, arguments: list[str]) -> None:
    done = run_guard(tmp_path, name, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "".join(f"[{argument}]" for argument in arguments) or not arguments


@pytest.mark.parametrize(
    ("name", "arguments", "letter"),
    [
        ("ls", ["--color"], "-"),
        ("grep", ["-P", "x"], "P"),
        ("rm", ["--force", "x"], "-"),
        ("chmod", ["--reference=x", "y"], "-"),
        ("cp", ["-t", "x", "y"], "t"),
        ("mv", ["-T", "x", "y"], "T"),
        ("ln", ["-r", "x", "y"], "r"),
        ("du", ["--max-depth=1"], "-"),
        ("df", ["--output"], "-"),
        ("touch", ["--date=now", "x"], "-"),
        ("sort", ["--parallel=2"], "-"),
        ("mkdir", ["-pZ", "x"], "Z"),
    ],
)
def test_what_only_gnu_knows_is_refused(tmp_path: Path, name: str, arguments: list[str], letter: str) -> None:
    done = run_guard(tmp_path, name, *arguments)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.startswith(f"{name}: illegal option -- {letter}\nusage: ")


def test_the_userland_has_what_a_mac_has(tmp_path: Path) -> None:
    userland.build(tmp_path / "bin", tmp_path / "sbin")
    names = {kind: set(os.listdir(tmp_path / kind)) for kind in ("bin", "sbin")}
    assert {"sh", "bash", "launchctl", "pmset", "python3", "sudo", "ls", "sed", "ps", "stat", "curl"} <= names["bin"]
    assert {"sysctl", "lsof", "ifconfig", "scutil", "sshd", "chown"} <= names["sbin"]
    foreign = {"apt", "apt-get", "dpkg", "systemctl", "ip", "ss", "nproc", "getent", "useradd", "usermod", "python3.11",
               "haproxy", "timeout", "tac", "service"}  # fmt: skip
    assert not foreign & (names["bin"] | names["sbin"])
    for kind, found in names.items():
        for name in found:
            path = tmp_path / kind / name
            if path.is_symlink():
                assert os.readlink(path).startswith(("/.lab/", "bash")), name
            else:
                assert path.stat().st_mode & 0o777 == 0o755, name


# -- small tools


def test_stat_formats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "file"
    path.write_text("12345")
    path.chmod(0o640)
    os.chown(path, 0, 0)
    os.utime(path, (1, 1_700_000_000))
    assert stat.main(["-f", "%Su %Lp %z %m %N", str(path)]) == 0
    assert capsys.readouterr().out == f"root 640 5 1700000000 {path}\n"
    assert stat.main(["-f", "%OLp|%Sp|%HT|%5z|%Sm", "-t", "%Y", str(path)]) == 0
    assert capsys.readouterr().out == "640|-rw-r-----|Regular File|    5|2023\n"


def test_stat_does_not_know_gnu(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        stat.main(["-c", "%s", "/"])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("stat: illegal option -- c\nusage: stat [-FLnq] ")


def test_stat_follows_links_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    stat.main(["-f", "%HT", str(tmp_path / "link")])
    stat.main(["-L", "-f", "%HT", str(tmp_path / "link")])
    assert capsys.readouterr().out == "Symbolic Link\nRegular File\n"
    assert stat.main(["/nowhere"]) == 1
    assert capsys.readouterr().err == "stat: /nowhere: lstat: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-u", "-r", "0", "+%F %T"], "1970-01-01 00:00:00\n"),
        (["-u", "-r", "0", "-v+1d", "-v-2H", "+%F %T"], "1970-01-01 22:00:00\n"),
        (["-u", "-v", "+1m", "-r", "2592000", "+%F"], "1970-02-28\n"),
        (["-u", "-j", "-f", "%Y-%m-%d %H:%M:%S", "2026-01-02 03:04:05", "+%s"], "1767323045\n"),
        (["-u", "-r", "0"], "Thu Jan  1 00:00:00 UTC 1970\n"),
    ],
)
def test_date(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC0")
    assert date.main(arguments) == 0
    assert capsys.readouterr().out == expected


def test_date_has_no_d(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        date.main(["-d", "yesterday"])
    assert capsys.readouterr().err.startswith("date: illegal option -- d\n")


def test_mktemp_takes_a_prefix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert mktemp.main(["-d", "-t", "mine"]) == 0
    made = Path(capsys.readouterr().out.strip())
    assert made.parent == tmp_path
    assert made.name.startswith("mine.")
    assert mode_bits.S_IMODE(made.stat().st_mode) == 0o700


def test_readlink_base64_md5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"hello")
    (tmp_path / "l").symlink_to("x")
    assert readlink.main([str(tmp_path / "l")]) == 0
    assert readlink.main(["-f", str(tmp_path / "l")]) == 0
    assert readlink.main([str(path)]) == 1
    assert base64.main(["-i", str(path)]) == 0
    assert md5.main(["-q", str(path)]) == 0
    assert capsys.readouterr().out == f"x\n{path}\naGVsbG8=\n5d41402abc4b2a76b9719d911017c592\n"


# -- plutil


def test_plutil_lint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.plist"
    path.write_text(PLIST)
    assert plutil.main(["-lint", str(path)]) == 0
    assert plutil.main([str(path)]) == 0
    assert plutil.main(["-lint", "-s", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: OK\n{path}: OK\n"


@pytest.mark.parametrize(
    "content",
    ["", "hello", "<plist><dict>", PLIST.replace("<true/>", "<maybe/>"), PLIST.replace("</array>", ""),
     PLIST.replace("<true/>", "<integer>x</integer>")],
)  # fmt: skip
def test_plutil_finds_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    path = tmp_path / "a.plist"
    path.write_text(content)
    assert plutil.main(["-lint", "-s", str(path)]) == 1
    assert capsys.readouterr().out.startswith(f"{path}: (")


def test_plutil_converts_there_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.plist"
    path.write_text(PLIST)
    assert plutil.main(["-convert", "json", "-o", "-", str(path)]) == 0
    as_json = capsys.readouterr().out
    assert as_json == '{"KeepAlive":true,"Label":"com.example","ProgramArguments":["/bin/sleep","10"]}'
    assert plutil.main(["-convert", "binary1", str(path)]) == 0
    assert path.read_bytes().startswith(b"bplist00")
    assert plutil.main(["-convert", "xml1", str(path)]) == 0
    assert path.read_text() == PLIST


def test_plutil_shows_and_extracts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.plist"
    path.write_text(PLIST)
    assert plutil.main(["-p", str(path)]) == 0
    assert capsys.readouterr().out == (
        '{\n  "KeepAlive" => true\n  "Label" => "com.example"\n'
        '  "ProgramArguments" => [\n    0 => "/bin/sleep"\n    1 => "10"\n  ]\n}\n'
    )
    assert plutil.main(["-extract", "ProgramArguments.0", "raw", str(path)]) == 0
    assert plutil.main(["-extract", "Nothing", "raw", str(path)]) == 1
    assert plutil.main(["-replace", "Label", "-string", "other", str(path)]) == 0
    assert plutil.main(["-extract", "Label", "raw", str(path)]) == 0
    assert capsys.readouterr().out == "/bin/sleep\nother\n"
