"""The security checks themselves. Each raises AssertionError when its layer is open.

They are functions so that test_teeth.py can run the very same ones with a layer taken away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from . import readings
from .macs import Mac
from .table import CHAT, REFUSED, Refused
from .vantage import Attempt, Finding, Vantage, request

PORT = 11434
# what the Mac may be expected to do within a LAN: a refusal comes at once, and silence is judged by it
PATIENCE = 3.0
LABELS = ("com.tailscale.tailscaled", "com.ollama", "com.haproxy", "com.ollama.warmup")
# where roles, services and programs write; the programs themselves are left out
WRITABLE = (
    "/Library /Users /private/etc /etc /opt/homebrew/etc /opt/homebrew/var /usr/local/etc /usr/local/var"
    " /var/log /var/tmp /var/db /var/root /var/run /private/tmp /tmp"
)

POWER = {"sleep": "0", "disksleep": "0", "womp": "1", "autorestart": "1"}
KEYS = Path("/run/remote_ollama_lab/keys")


# ---- layer 1: who may connect


def gets_nothing(vantage: Vantage, addresses: Iterable[str], source: str = "") -> dict[str, Finding]:
    """None of ``addresses`` answers a byte, or holds a connection; returns how each attempt ended."""
    addresses = list(addresses)
    ask = request("GET", "/v1/models")
    attempts = [Attempt(address, ask, PORT, PATIENCE, source) for address in addresses]
    found = dict(zip(addresses, vantage.attempt(attempts), strict=True))
    for address, finding in found.items():
        assert not finding.received, f"{vantage} got an answer from {address}: {finding}"
        assert finding.how != "mute", f"{vantage} holds a connection to {address}: {finding}"
    return found


def neighbour_gets_nothing_by_route(neighbour: Vantage, tailnet: str, lan: str, source: str = "") -> Finding:
    """A host of the LAN that routes the Mac's tailnet address to the Mac's LAN address gets nothing by it."""
    with neighbour.route(tailnet, via=lan):
        return gets_nothing(neighbour, [tailnet], source)[tailnet]


# ---- layer 2: what may be asked


def speaks(dialect: str, finding: Finding) -> None:
    """The refusal is JSON that the client's SDK understands: an object with a message, or Ollama's plain text."""
    assert finding.headers.get("content-type", "").startswith("application/json"), f"no JSON: {finding}"
    answer = finding.json()
    error = answer["error"]
    if dialect == "v1":
        assert answer["type"] == "error", finding
        assert error["type"], finding
        assert error["message"], finding
    elif dialect == "api":
        assert isinstance(error, str), finding
        assert error, finding
    else:
        assert error, finding


def is_refused(case: Refused, finding: Finding) -> None:
    if case.unparsable and finding.how == "closed":
        return
    # 405 is what HAProxy makes of the preface of HTTP/2
    expected = {400, 405} if case.unparsable else {400, 403}
    assert finding.status in expected, f"{case.name}: {finding}"
    if "HEAD " not in case.raw[:5]:
        speaks(case.dialect, finding)


def refuses(client: Vantage, address: str, cases: Iterable[Refused] = REFUSED) -> None:
    cases = list(cases)
    findings = client.attempt([Attempt(address, case.raw) for case in cases])
    for case, finding in zip(cases, findings, strict=True):
        is_refused(case, finding)


# ---- layer 3: where it may arrive


def served(log: str) -> set[tuple[str, str]]:
    """Method and path of every request in Ollama's log."""
    return {
        (method, path.partition("?")[0])
        for method, path in re.findall(r'^\[GIN\].*\| +([A-Z]+) +"([^"]*)"', log, re.MULTILINE)
    }


def listeners(mac: Mac) -> list[readings.Listener]:
    return readings.listeners(mac.root.check_output("lsof -nP -iTCP -sTCP:LISTEN"))


def ollama_listens_on_loopback_only(mac: Mac) -> None:
    own = [listener for listener in listeners(mac) if listener.command.startswith(("ollama", "llama"))]
    assert any(listener.port == PORT for listener in own), f"{mac}: Ollama does not listen on {PORT}"
    open_ = [listener for listener in own if not listener.on_loopback]
    assert not open_, f"{mac}: Ollama listens beyond loopback: {open_}"


def owner(mac: Mac, pid: int) -> str:
    return str(mac.root.check_output("ps -o user= -p %s", str(pid))).strip()


def service(mac: Mac, label: str) -> readings.Service:
    printed = mac.service(f"system/{label}")
    assert printed.rc == 0, f"{mac}: {label} is not loaded in the system domain: {printed.stderr}"
    return readings.service(printed.stdout)


def holds_no_secret(mac: Mac, secrets: Iterable[str]) -> None:
    """No file that is written on a Mac and no argument list holds any of ``secrets`` in clear."""
    patterns = "".join(f"{secret}\n" for secret in secrets)
    assert patterns.strip(), "no secret to look for"
    # by standard input: in a file or an argument list the search would find itself
    found = mac.root_with(patterns, f"grep -rlIFs -f /dev/stdin {WRITABLE}", timeout=120)
    assert found.rc in {1, 2}, f"{mac}: a secret is in {found.stdout}{found.stderr}"
    assert not found.stdout, f"{mac}: a secret is in {found.stdout}"
    arguments = mac.root.check_output("ps -axww -o args")
    for secret in secrets:
        assert secret not in arguments, f"{mac}: a secret stands in an argument list"


def nobody_sits_at(mac: Mac) -> None:
    console = mac.user.check_output("stat -f %Su /dev/console").strip()
    assert console == "root", f"{mac}: {console} is logged in at the console"


def stays_awake(mac: Mac, setting: str) -> None:
    sources = readings.power(mac.user.check_output("pmset -g custom"))
    assert sources, f"{mac}: no power source"
    for source, settings in sources.items():
        # autorestart is a setting of desktops only
        if setting == "autorestart" and setting not in settings:
            continue
        assert settings[setting] == POWER[setting], f"{mac}: {setting} is {settings[setting]} on {source}"


# ---- what a client gets


def chats(client: Vantage, address: str) -> str:
    """A real answer by /v1/chat/completions; returns its text."""
    finding = client.ask(address, "POST", "/v1/chat/completions", CHAT, timeout=60)
    assert finding.status == 200, f"{client} asked {address}: {finding}"
    return str(finding.json()["choices"][0]["message"]["content"])


def lab_secrets() -> list[str]:
    """The lab's auth keys and its sudo password."""
    names = ("mac.key", "client.key", "stranger.key", "sudo_password")
    return [(KEYS / name).read_text().strip() for name in names]
