"""Layer 2: what may be asked. The allowlist from the client, each refusal in the dialect of its path."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest

from . import checks
from .macs import Mac
from .table import ALLOWED, CHAT, MODEL, REFUSED, SMUGGLED, Allowed, Refused
from .teeth import wait_for
from .vantage import Attempt, Finding, Vantage, request

pytestmark = pytest.mark.lab


@dataclasses.dataclass(frozen=True)
class Asked:
    """What came of everything that must be refused: a finding by case, and what Ollama saw of it."""

    findings: dict[str, Finding]
    reached: set[tuple[str, str]]


@pytest.fixture(scope="module")
def asked(maca: Mac, client: Vantage) -> Asked:
    """Everything that must be refused, asked of maca side by side, once."""
    cases = [*REFUSED, *SMUGGLED]
    assert len({case.name for case in cases}) == len(cases), "two cases of one name"
    log = checks.service(maca, "com.ollama").stderr_path
    assert log, "Ollama's service writes no log"
    lines = int(maca.root.check_output("wc -l < %s", log))
    findings = client.attempt([Attempt("maca", case.raw, timeout=20) for case in cases])
    # what does reach Ollama, so that an empty log is not taken for a closed door
    assert client.ask("maca", "GET", "/api/version").status == 200
    reached = checks.served(maca.root.check_output("tail -n +%s %s", str(lines + 1), log))
    return Asked(dict(zip([case.name for case in cases], findings, strict=True)), reached)


@pytest.mark.parametrize("case", ALLOWED, ids=lambda case: case.name)
def test_passes(client: Vantage, case: Allowed) -> None:
    found = client.ask("maca", case.method, case.path, case.body, timeout=60)
    assert found.status == 200, found


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_is_refused(asked: Asked, case: Refused) -> None:
    checks.is_refused(case, asked.findings[case.name])


@pytest.mark.parametrize("case", SMUGGLED, ids=lambda case: case.name)
def test_a_hidden_request_is_not_answered(asked: Asked, case: Refused) -> None:
    assert "size_vram" not in asked.findings[case.name].received, asked.findings[case.name]


def test_nothing_refused_reached_ollama(asked: Asked) -> None:
    assert ("GET", "/api/version") in asked.reached, "Ollama's log shows no request at all"
    allowed = {(case.method, case.path.partition("?")[0]) for case in ALLOWED}
    assert asked.reached <= allowed, asked.reached - allowed


@pytest.mark.parametrize("host", ["evil.example", "maca.tail.test:11434", "maca", "127.0.0.1:11434", "localhost"])
def test_any_host_name_is_answered(client: Vantage, host: str) -> None:
    """Ollama on loopback answers 403 to a MagicDNS name: the proxy rewrites Host."""
    found = client.attempt([Attempt("maca", request("GET", "/v1/models", host=host))])[0]
    assert found.status == 200, found


def test_a_browser_s_origin_meets_no_refusal_of_ollama(client: Vantage) -> None:
    headers = {"Origin": "https://chat.example.com"}
    found = client.attempt([Attempt("maca", request("POST", "/v1/chat/completions", CHAT, headers=headers))])[0]
    assert found.status == 200, found


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Bearer ollama"}, {"X-Api-Key": "not-needed"}, {"Authorization": "Bearer "}, {}],
    ids=["bearer", "x-api-key", "empty", "none"],
)
def test_a_placeholder_key_passes(client: Vantage, headers: dict[str, str]) -> None:
    found = client.attempt([Attempt("maca", request("GET", "/v1/models", headers=headers))])[0]
    assert found.status == 200, found


def test_errors_of_ollama_pass_unchanged(client: Vantage) -> None:
    unknown = {**CHAT, "model": "nope"}
    openai = client.ask("maca", "POST", "/v1/chat/completions", unknown)
    assert (openai.status, openai.json()["error"]["type"]) == (404, "not_found_error"), openai
    anthropic = client.ask("maca", "POST", "/v1/messages", unknown)
    assert (anthropic.status, anthropic.json()["error"]["type"]) == (404, "not_found_error"), anthropic
    native = client.ask("maca", "POST", "/api/show", {"model": "nope"})
    assert native.status == 404, native
    assert isinstance(native.json()["error"], str), native


def test_the_list_of_models_is_ollama_s(client: Vantage) -> None:
    listed = client.ask("maca", "GET", "/v1/models").json()
    assert listed["object"] == "list"
    assert f"{MODEL}:latest" in {model["id"] for model in listed["data"]}


@pytest.fixture
def ollama_frozen(maca: Mac, client: Vantage) -> Iterator[None]:
    """Ollama stopped in its tracks: nothing of its state is lost, and nothing that answers is Ollama."""
    pid = str(checks.service(maca, "com.ollama").pid)
    maca.root.check_output("kill -STOP %s", pid)
    try:
        yield
    finally:
        maca.root.check_output("kill -CONT %s", pid)
        # until the proxy has noticed it, every other test would meet its 503
        wait_for("Ollama's answer", lambda: client.ask("maca", "GET", "/v1/models", timeout=2).status == 200)


@pytest.mark.usefixtures("ollama_frozen")
def test_the_proxy_itself_answers_health_and_root(client: Vantage) -> None:
    asked = [("HEAD", "/"), ("GET", "/"), ("GET", "/health"), ("GET", "/v1/models")]
    head, root, health, forwarded = client.attempt(
        [Attempt("maca", request(method, path), timeout=5) for method, path in asked]
    )
    assert head.status == 200, head
    assert (root.status, root.body) == (200, "Ollama is running"), root
    # 503 once the proxy has noticed that its server is silent
    assert health.status in {200, 503}, health
    assert json.loads(health.body), health
    assert forwarded.status != 200, "Ollama was not stopped after all"
