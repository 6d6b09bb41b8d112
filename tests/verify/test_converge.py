"""Bad input: each gives one clear error that names it, before anything is changed. At the end the classic set-up.

A third, factory-new Mac is the one that suffers: nothing that is tried here leaves a trace on it, but the last two
tests.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from . import checks, readings
from .macs import REPOSITORY
from .plays import Played, disk, play, play_at_a_terminal
from .vantage import LAB, Vantage

pytestmark = [pytest.mark.lab, pytest.mark.converge]

NEW = "macc"


def lab(*arguments: str) -> str:
    ran = subprocess.run([LAB, *arguments], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, f"lab {' '.join(arguments)}:\n{ran.stdout}{ran.stderr}"
    return ran.stdout


@pytest.fixture(scope="module")
def inventories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory with the lab's inventory for three Macs, once with and once without the sudo password of macb."""
    lab("up", "--macs", "3")
    lab("erase", NEW)
    directory = tmp_path_factory.mktemp("inventories")
    fleet = yaml.safe_load((REPOSITORY / "inventory" / "lab.yml").read_text())["macs"]["vars"]
    for name, options in {"three.yml": (), "asking.yml": ("--no-password",)}.items():
        inventory = yaml.safe_load(lab("inventory", "--macs", "3", *options))
        inventory["macs"]["vars"] = {**fleet, **inventory["macs"]["vars"]}
        (directory / name).write_text(yaml.safe_dump(inventory))
    yield directory
    lab("erase", NEW)


@pytest.fixture
def three(inventories: Path) -> Path:
    return inventories / "three.yml"


@pytest.fixture
def new_mac() -> Vantage:
    return Vantage(NEW)


def variables(**values: object) -> tuple[str, str]:
    return "--extra-vars", json.dumps(values)


def refused(played: Played, *named: str, host: str = NEW) -> None:
    """The play failed, said all of ``named``, and says itself that it changed nothing."""
    assert played.returncode != 0, str(played)
    for word in named:
        assert word in " ".join(played.output.split()), f"nothing names {word!r}: {played}"
    for name, counts in played.recap.items():
        assert counts["changed"] == 0, f"{name}: {played}"
    assert host in played.recap, str(played)
    assert "Traceback" not in played.output, str(played)


@pytest.fixture
def untouched() -> Iterator[None]:
    """The new Mac's disk is the same after the test as before it."""
    before = disk(NEW)
    yield
    after = disk(NEW)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert not changed


@pytest.mark.usefixtures("untouched")
class TestNothingIsChanged:
    @pytest.mark.parametrize(
        ("name", "right"),
        [
            ("haproxy_prot", "haproxy_port"),
            ("ollama_modles", "ollama_models"),
            ("tailscale_auth_keyfile", "tailscale_auth_key_file"),
            ("power_setings", "power_settings"),
            ("warmup_model", "warmup_models"),
        ],
    )
    def test_a_misspelt_variable(self, three: Path, name: str, right: str) -> None:
        refused(play(three, "--limit", NEW, *variables(**{name: 1})), name, right)

    def test_a_variable_that_resembles_nothing(self, three: Path) -> None:
        refused(play(three, "--limit", NEW, *variables(ollama_zzzzzz=1)), "ollama_zzzzzz")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("haproxy_port", "many"),
            ("ollama_models", {"tiny": True}),
            ("power_settings", "never"),
            ("tailscale_ssh", "perhaps"),
            ("ollama_service_domain", "nowhere"),
        ],
    )
    def test_a_value_of_a_wrong_type(self, three: Path, name: str, value: object) -> None:
        refused(play(three, "--limit", NEW, *variables(**{name: value})), name)

    def test_a_model_without_a_name(self, three: Path) -> None:
        refused(play(three, "--limit", NEW, *variables(ollama_models=[{"context": 512}])), "ollama_models", "name")

    def test_a_model_that_its_registry_does_not_know(self, three: Path) -> None:
        unknown = variables(ollama_models=[{"name": "no-such-model"}])
        refused(play(three, "--limit", NEW, *unknown), "no-such-model", "ollama_models")

    def test_a_mac_without_homebrew(self, three: Path, new_mac: Vantage) -> None:
        with contextlib.ExitStack() as undo:
            new_mac.check("mv", "/opt/homebrew/bin/brew", "/opt/homebrew/bin/brew.away")
            undo.callback(new_mac.check, "mv", "/opt/homebrew/bin/brew.away", "/opt/homebrew/bin/brew")
            refused(play(three, "--limit", NEW), "Homebrew", "https://brew.sh")

    @pytest.mark.parametrize("content", ["", "two words\n", "short\n"], ids=["empty", "words", "short"])
    def test_a_key_file_that_holds_no_key(self, three: Path, tmp_path: Path, content: str) -> None:
        key = tmp_path / "tailnet.key"
        key.write_text(content)
        played = play(three, "--limit", NEW, *variables(tailscale_auth_key_file=str(key)))
        refused(played, "tailscale_auth_key_file", str(key))

    def test_a_key_file_that_is_not_there(self, three: Path, tmp_path: Path) -> None:
        key = str(tmp_path / "none.key")
        refused(play(three, "--limit", NEW, *variables(tailscale_auth_key_file=key)), "tailscale_auth_key_file", key)

    def test_a_taken_port(self, three: Path) -> None:
        """Somebody else's server on Ollama's port; it ends with its standard input."""
        program = (
            "import socket, sys; s = socket.create_server(('127.0.0.1', 11434)); print(flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [LAB, "exec", NEW, "--user", "admin", "--", "/usr/bin/python3", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as squatter:
            assert squatter.stdout is not None
            assert squatter.stdin is not None
            assert squatter.stdout.readline() == b"\n"
            refused(play(three, "--limit", NEW), "11434", "ollama_port", "taken", "admin")
            squatter.stdin.close()
            assert squatter.wait(10) == 0

    def test_no_sudo(self, three: Path, new_mac: Vantage) -> None:
        with contextlib.ExitStack() as undo:
            new_mac.check("mv", "/etc/sudoers.d/admin", "/etc/sudoers.d/.admin.away")
            undo.callback(new_mac.check, "mv", "/etc/sudoers.d/.admin.away", "/etc/sudoers.d/admin")
            refused(play(three, "--limit", NEW), "sudo password")

    def test_check_mode_lists_what_would_change(self, three: Path) -> None:
        played = play(three, "--limit", NEW, "--check", "--diff")
        assert played.returncode == 0, str(played)
        assert played.recap[NEW]["changed"] > 5, str(played)
        for label in checks.LABELS:
            assert f"/Library/LaunchDaemons/{label}.plist" in played.output, f"{label}: {played}"

    def test_a_mac_that_is_switched_off(self, three: Path) -> None:
        lab("power", "off", NEW)
        try:
            played = play(three, "--limit", NEW)
        finally:
            lab("power", "on", NEW)
        assert played.returncode != 0, str(played)
        assert played.recap[NEW]["unreachable"] == 1, str(played)
        assert played.recap[NEW]["changed"] == 0, str(played)


def test_no_fleet_says_which_example_to_copy() -> None:
    played = play("/dev/null")
    assert played.returncode != 0, str(played)
    assert "inventory/fleet.yml" in played.output, str(played)
    assert "inventory/example" in played.output, str(played)


def test_a_wrong_sudo_password(three: Path) -> None:
    played = play(three, "--limit", "macb", *variables(ansible_become_password="wrong"))
    refused(played, "password", host="macb")


def test_a_missing_sudo_password(inventories: Path) -> None:
    played = play(inventories / "asking.yml", "--limit", "macb")
    refused(played, "sudo password", host="macb")


def test_the_mac_that_asks_converges_with_a_typed_password(inventories: Path) -> None:
    password = (checks.KEYS / "sudo_password").read_text().strip()
    asked = [("BECOME password", password)]
    played = play_at_a_terminal(inventories / "asking.yml", asked, "--limit", "macb", "-K")
    assert played.returncode == 0, str(played)
    assert played.recap["macb"]["changed"] == 0, str(played)
    assert password not in played.output


def test_one_unreachable_mac_holds_up_no_other(three: Path) -> None:
    """The others converge; the play says who was not there and fails."""
    lab("power", "off", NEW)
    try:
        played = play(three)
    finally:
        lab("power", "on", NEW)
    assert played.returncode != 0, str(played)
    assert played.recap[NEW]["unreachable"] == 1, str(played)
    for name in ("maca", "macb"):
        assert played.recap[name]["failed"] == played.recap[name]["changed"] == 0, str(played)


def test_a_key_that_the_tailnet_refuses(three: Path) -> None:
    """Only the login itself can tell: Tailscale is installed by then, and nothing else."""
    key = str(checks.KEYS / "wrong.key")
    played = play(three, "--limit", NEW, *variables(tailscale_auth_key_file=key))
    assert played.returncode != 0, str(played)
    assert key in played.output, str(played)
    assert Path(key).read_text().strip() not in played.output, "the key itself is shown"
    written = disk(NEW)
    assert not [
        path for path in written if path.startswith(("opt/homebrew/Cellar/ollama", "opt/homebrew/Cellar/haproxy"))
    ]
    assert not [path for path in written if path.startswith("Library/LaunchDaemons/") and "tailscale" not in path]


def test_the_services_of_somebody_at_the_screen(three: Path, new_mac: Vantage) -> None:
    """The classic set-up: LaunchAgents of the person logged in at the console, instead of LaunchDaemons."""
    agents = ("com.ollama", "com.haproxy", "com.ollama.warmup")
    domains = {f"{role}_service_domain": "gui" for role in ("ollama", "haproxy", "warmup")}
    lab("login", NEW)
    try:
        first = play(three, "--limit", NEW, *variables(**domains))
        assert first.returncode == 0, str(first)
        second = play(three, "--limit", NEW, *variables(**domains))
        assert second.returncode == 0, str(second)
        assert second.recap[NEW]["changed"] == 0, str(second)
        for label in agents:
            service = readings.service(new_mac.check("launchctl", "print", f"gui/501/{label}"))
            assert service.path == f"/Users/admin/Library/LaunchAgents/{label}.plist"
            assert service.running or (label == "com.ollama.warmup" and service.last_exit == 0), service
            assert new_mac.run("launchctl", "print", f"system/{label}").returncode != 0, label
            assert new_mac.run("test", "-e", f"/Library/LaunchDaemons/{label}.plist").returncode == 1, label
        assert checks.chats(Vantage("client"), NEW)
    finally:
        lab("logout", NEW)
