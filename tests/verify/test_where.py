"""Layer 3: where it may arrive, and what lies about on the Mac."""

from __future__ import annotations

import plistlib
from pathlib import PurePosixPath

import pytest

from . import checks
from .macs import Mac
from .vantage import Attempt, Vantage, request

APPLE = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/libexec/")


def test_ollama_listens_on_loopback_only(mac: Mac) -> None:
    checks.ollama_listens_on_loopback_only(mac)


def test_the_proxy_listens_on_the_tailnet_only(mac: Mac) -> None:
    own = {listener.address for listener in checks.listeners(mac) if listener.command == "haproxy"}
    assert own == set(mac.tailscale()["Self"]["TailscaleIPs"])


def test_nothing_else_listens_to_the_network(mac: Mac) -> None:
    """Beyond the proxy: the Mac's own sshd, and the port of tailscaled for its peers, on the tailnet addresses."""
    tailnet = set(mac.tailscale()["Self"]["TailscaleIPs"])
    others = [
        listener
        for listener in checks.listeners(mac)
        if not listener.on_loopback
        and listener.port != 22
        and not (listener.command == "haproxy" and listener.port == checks.PORT)
        and not (listener.command == "tailscaled"[: len(listener.command)] and listener.address in tailnet)
    ]
    assert not others


@pytest.mark.lab
@pytest.mark.parametrize("where", ["client", "stranger", "neighbour", "laptop"])
def test_ollama_answers_nobody_from_outside(where: str, lan: tuple[str, str], request: pytest.FixtureRequest) -> None:
    vantage: Vantage = request.getfixturevalue(where)
    checks.gets_nothing(vantage, lan)


@pytest.mark.lab
def test_what_answers_on_the_tailnet_is_the_proxy(mac: Mac, client: Vantage) -> None:
    """On the same port Ollama would answer /api/ps; the proxy does not."""
    found = client.attempt([Attempt(mac.name, request("GET", "/api/ps"))])[0]
    assert found.status == 403, found


@pytest.mark.parametrize(
    ("label", "root"), [("com.ollama", False), ("com.haproxy", False), ("com.tailscale.tailscaled", True)]
)
def test_only_what_must_be_root_is_root(mac: Mac, label: str, root: bool) -> None:
    pid = checks.service(mac, label).pid
    assert pid is not None, f"{label} has no process"
    assert (checks.owner(mac, pid) == "root") is root


def test_no_process_of_ollama_or_haproxy_is_root(mac: Mac) -> None:
    rows = [line.split(None, 1) for line in mac.root.check_output("ps -axww -o user,args").splitlines()[1:]]
    theirs = [row for row in rows if row[1].split()[0].rpartition("/")[2] in {"ollama", "haproxy", "llama-server"}]
    assert theirs
    assert not [row for row in theirs if row[0] == "root"]


def test_haproxy_runs_as_a_user_of_its_own(mac: Mac) -> None:
    pid = checks.service(mac, "com.haproxy").pid
    assert pid is not None
    user = checks.owner(mac, pid)
    assert user not in {"root", mac.access.user, "nobody"}
    assert user.startswith("_")


@pytest.mark.parametrize("label", checks.LABELS)
def test_the_service_definition_is_safe(mac: Mac, label: str) -> None:
    path = checks.service(mac, label).path
    assert path == f"/Library/LaunchDaemons/{label}.plist"
    file = mac.root.file(path)
    assert (file.user, file.group, oct(file.mode)) == ("root", "wheel", "0o644")
    definition = plistlib.loads(mac.root.check_output("cat %s", path).encode())
    assert definition["Label"] == label
    program = definition.get("Program") or definition["ProgramArguments"][0]
    assert program.startswith("/"), program
    if label != "com.tailscale.tailscaled":
        assert definition["UserName"] != "root"


def test_what_root_or_a_service_starts_belongs_to_root(mac: Mac) -> None:
    """A script that launchd starts could otherwise be swapped by whoever owns it or a directory above it."""
    for label in ("com.haproxy", "com.tailscale.tailscaled", "com.ollama.warmup"):
        definition = plistlib.loads(mac.root.check_output("cat /Library/LaunchDaemons/%s.plist", label).encode())
        for argument in definition["ProgramArguments"]:
            # macOS's own cannot be written to by anybody; Homebrew's programs belong to the person who installed them
            if not argument.startswith("/") or argument.startswith(APPLE) or "/Cellar/" in argument:
                continue
            for path in (argument, *map(str, PurePosixPath(argument).parents)):
                file = mac.root.file(path)
                assert file.user == "root", f"{argument}: {path}"
                assert not file.mode & 0o022, f"{argument}: {path}"


def test_ollama_s_environment_is_the_one_meant(mac: Mac) -> None:
    definition = plistlib.loads(mac.root.check_output("cat /Library/LaunchDaemons/com.ollama.plist").encode())
    environment = definition["EnvironmentVariables"]
    assert environment["OLLAMA_HOST"] in {"127.0.0.1", f"127.0.0.1:{checks.PORT}"}
    assert environment["OLLAMA_NO_CLOUD"] in {"1", "true"}
    assert "OLLAMA_ORIGINS" not in environment
    assert environment.get("OLLAMA_DEBUG_LOG_REQUESTS", "false") in {"0", "false"}


def test_a_prompt_never_leaves_the_mac(mac: Mac) -> None:
    """Ollama itself says that its cloud is off."""
    assert mac.ollama("/api/status")["cloud"]["disabled"] is True


@pytest.mark.lab
def test_no_secret_lies_about(mac: Mac) -> None:
    checks.holds_no_secret(mac, checks.lab_secrets())


def test_logs_are_not_for_everybody_to_write(mac: Mac) -> None:
    for label in ("com.ollama", "com.haproxy", "com.ollama.warmup"):
        definition = plistlib.loads(mac.root.check_output("cat /Library/LaunchDaemons/%s.plist", label).encode())
        for key in ("StandardOutPath", "StandardErrorPath"):
            path = definition.get(key)
            if path is None or path == "/dev/null":
                continue
            assert not path.startswith(("/tmp", "/private/tmp")), path
            assert not mac.root.file(path).mode & 0o002, path
