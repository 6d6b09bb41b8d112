"""dscl, dseditgroup and defaults as Ansible's user and group modules speak to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab.mac import accounts
from lab.mac.tools import defaults, dscl, dseditgroup


class Node:
    def __init__(self, root: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capture = capture

    def __call__(self, tool: object, *arguments: str) -> tuple[int, str, str]:
        self._capture.readouterr()
        status = tool.main(list(arguments))  # type: ignore[attr-defined]
        said = self._capture.readouterr()
        return status, said.out, said.err

    def line(self, file: str, name: str) -> str | None:
        lines = (self.root / "etc" / file).read_text().splitlines()
        return next((line for line in lines if line.startswith(f"{name}:")), None)


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Node:
    accounts.Directory.factory_new(tmp_path, None, "/bin/zsh").save()
    load = accounts.Directory.load
    monkeypatch.setattr(accounts.Directory, "load", lambda: load(tmp_path))
    return Node(tmp_path, capsys)


def test_a_new_macs_accounts(node: Node) -> None:
    assert node.line("passwd", "root") == "root:*:0:0:System Administrator:/var/root:/bin/sh"
    assert node.line("passwd", "admin") == "admin:*:501:20:Admin:/Users/admin:/bin/zsh"
    assert node.line("group", "staff") == "staff:*:20:root"
    assert node.line("group", "admin") == "admin:*:80:root,admin"
    assert node.line("group", "wheel") == "wheel:*:0:root"


def test_read(node: Node) -> None:
    assert node(dscl, ".", "-read", "/Users/admin", "UniqueID", "UserShell") == (
        0, "UniqueID: 501\nUserShell: /bin/zsh\n", ""
    )  # fmt: skip
    assert node(dscl, ".", "-read", "/Users/root", "RealName") == (0, "RealName:\n System Administrator\n", "")
    assert node(dscl, ".", "-read", "/Users/root", "Nothing") == (0, "", "No such key: Nothing\n")
    assert node(dscl, ".", "-read", "/Users/nobody_here") == (
        56, "", "<dscl_cmd> DS Error: -14136 (eDSRecordNotFound)\n"
    )  # fmt: skip


def test_list_ends_with_the_number(node: Node) -> None:
    status, out, _ = node(dscl, ".", "-list", "/Users", "UniqueID")
    numbers = {line.split()[0]: int(line.split(" ")[-1]) for line in out.splitlines()}
    assert status == 0
    assert (numbers["root"], numbers["admin"], numbers["nobody"]) == (0, 501, -2)
    assert "sshd" not in numbers


def test_a_service_account_from_nothing_to_nothing(node: Node) -> None:
    assert node(dseditgroup, "-o", "create", "-i", "300", "-L", "_haproxy")[0] == 0
    assert node.line("group", "_haproxy") == "_haproxy:*:300:"
    assert node(dscl, ".", "-create", "/Users/_haproxy")[0] == 0
    for key, value in (("UniqueID", "300"), ("PrimaryGroupID", "300"), ("NFSHomeDirectory", "/var/empty"),
                       ("UserShell", "/usr/bin/false"), ("RealName", "HAProxy"), ("IsHidden", "1")):  # fmt: skip
        assert node(dscl, ".", "-create", "/Users/_haproxy", key, value) == (0, "", "")
    assert node.line("passwd", "_haproxy") == "_haproxy:*:300:300:HAProxy:/var/empty:/usr/bin/false"
    assert node(dscl, ".", "-read", "/Users/_haproxy", "IsHidden")[1] == "IsHidden: 1\n"
    assert node(dscl, ".", "-delete", "/Users/_haproxy")[0] == 0
    assert node.line("passwd", "_haproxy") is None
    assert node(dseditgroup, "-o", "delete", "-L", "_haproxy")[0] == 0
    assert node(dseditgroup, "-o", "delete", "-L", "_haproxy") == (64, "", "Group not found.\n")


def test_membership(node: Node) -> None:
    assert node(dseditgroup, "-o", "edit", "-a", "admin", "-t", "user", "_www")[0] == 0
    found = node(dscl, ".", "-search", "/Groups", "GroupMembership", "admin")[1]
    assert "_www\t\tGroupMembership = (\n    admin\n)\n" in found
    assert node.line("group", "_www") == "_www:*:70:admin"
    assert node(dseditgroup, "-o", "edit", "-d", "admin", "-t", "user", "_www")[0] == 0
    assert node.line("group", "_www") == "_www:*:70:"


def test_attributes(node: Node) -> None:
    assert node(dscl, ".", "-append", "/Groups/_www", "GroupMembership", "admin")[0] == 0
    assert node(dscl, ".", "-merge", "/Groups/_www", "GroupMembership", "admin", "root")[0] == 0
    assert node(dscl, ".", "-read", "/Groups/_www", "GroupMembership")[1] == "GroupMembership: admin root\n"
    assert node(dscl, ".", "-delete", "/Groups/_www", "GroupMembership", "admin")[0] == 0
    assert node(dscl, ".", "-change", "/Users/admin", "UserShell", "/bin/zsh", "/bin/bash")[0] == 0
    assert node.line("passwd", "admin") == "admin:*:501:20:Admin:/Users/admin:/bin/bash"
    assert node(dscl, ".", "-change", "/Users/admin", "UserShell", "/bin/zsh", "/bin/bash")[0] == 54


def test_a_password_is_kept_as_a_hash_for_root_only(node: Node) -> None:
    assert node(dscl, ".", "-passwd", "/Users/admin", "geheim")[0] == 0
    shadow = node.root / "etc/shadow"
    assert shadow.read_text().startswith("admin:$6$")
    assert shadow.stat().st_mode & 0o777 == 0o600
    assert "$6$" not in (node.root / accounts.NODE / "users.plist").read_text()
    assert node(dscl, ".", "-create", "/Users/admin", "RealName", "Ada")[0] == 0
    assert shadow.read_text().startswith("admin:$6$")
    assert node(dscl, ".", "-create", "/Users/admin", "Password", "*")[0] == 0
    assert shadow.read_text() == ""


def test_defaults(node: Node) -> None:
    domain = str(node.root / "com.apple.loginwindow")
    status, _, err = node(defaults, "read", domain, "autoLoginUser")
    assert status == 1
    assert err.endswith(f"] \nThe domain/default pair of ({domain}, autoLoginUser) does not exist\n")
    assert node(defaults, "write", domain, "HiddenUsersList", "-array-add", "_haproxy")[0] == 0
    assert node(defaults, "write", domain + ".plist", "HiddenUsersList", "-array-add", "other user")[0] == 0
    assert node(defaults, "read", domain, "HiddenUsersList")[1] == '(\n    "_haproxy",\n    "other user"\n)\n'
    assert node(defaults, "write", domain, "autoLoginUser", "admin")[0] == 0
    assert node(defaults, "read", domain, "autoLoginUser")[1] == "admin\n"
    assert node(defaults, "delete", domain, "autoLoginUser")[0] == 0
    assert node(defaults, "read", domain, "autoLoginUser")[0] == 1
