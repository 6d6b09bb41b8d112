"""Real answers of a real model through all layers, whole and streamed, in the three dialects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from . import checks
from .macs import Mac
from .table import CHAT, RESPONSES
from .vantage import Attempt, Vantage, request

pytestmark = pytest.mark.lab


def events(body: str) -> list[tuple[str, Any]]:
    """Server-sent events as (name, data); ``[DONE]`` stays text."""
    found = []
    for block in body.replace("\r\n", "\n").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in lines:
            data = lines["data"]
            found.append((lines.get("event", ""), data if data == "[DONE]" else json.loads(data)))
    return found


def test_chat_completions(mac: Mac, client: Vantage) -> None:
    assert checks.chats(client, mac.name)


def test_chat_completions_by_the_address(client: Vantage, tailnet: tuple[str, str]) -> None:
    for address in tailnet:
        assert checks.chats(client, address)


def test_chat_completions_streamed(mac: Mac, client: Vantage) -> None:
    asked = {**CHAT, "stream": True, "stream_options": {"include_usage": True}}
    found = client.ask(mac.name, "POST", "/v1/chat/completions", asked)
    assert found.status == 200, found
    assert found.headers["content-type"].startswith("text/event-stream")
    *chunks, last = events(found.body)
    assert last == ("", "[DONE]")
    assert len(chunks) > 1
    assert "".join(choice["delta"].get("content") or "" for _, data in chunks for choice in data["choices"])
    assert chunks[-1][1]["usage"]["completion_tokens"] > 0


def test_messages(mac: Mac, client: Vantage) -> None:
    found = client.ask(mac.name, "POST", "/v1/messages", {**CHAT, "system": "Be brief."})
    assert found.status == 200, found
    answer = found.json()
    assert (answer["type"], answer["role"]) == ("message", "assistant")
    assert answer["content"][0]["text"]
    assert answer["usage"]["output_tokens"] > 0


def test_messages_streamed(mac: Mac, client: Vantage) -> None:
    found = client.ask(mac.name, "POST", "/v1/messages", {**CHAT, "stream": True})
    assert found.status == 200, found
    assert found.headers["content-type"].startswith("text/event-stream")
    names = [name for name, _ in events(found.body)]
    assert names[0] == "message_start"
    assert names[-1] == "message_stop"
    assert "content_block_delta" in names


def test_responses(mac: Mac, client: Vantage) -> None:
    found = client.ask(mac.name, "POST", "/v1/responses", RESPONSES)
    assert found.status == 200, found
    answer = found.json()
    assert answer["object"] == "response"
    assert any(part["text"] for item in answer["output"] for part in item.get("content", []))


def test_responses_streamed(mac: Mac, client: Vantage) -> None:
    found = client.ask(mac.name, "POST", "/v1/responses", {**RESPONSES, "stream": True})
    assert found.status == 200, found
    names = [name for name, _ in events(found.body)]
    assert names[0] == "response.created"
    assert "response.output_text.delta" in names
    # a model that is cut off by its limit ends incomplete
    assert names[-1] in {"response.completed", "response.incomplete"}


def test_a_conversation_goes_on(mac: Mac, client: Vantage) -> None:
    turns = [*CHAT["messages"], {"role": "assistant", "content": "hello"}, {"role": "user", "content": "again"}]  # type: ignore[misc]
    for path in ("/v1/chat/completions", "/v1/messages"):
        found = client.ask(mac.name, "POST", path, {**CHAT, "messages": turns})
        assert found.status == 200, found


def test_two_clients_at_once(mac: Mac, client: Vantage) -> None:
    attempts = [Attempt(mac.name, request("POST", "/v1/chat/completions", CHAT), timeout=60)] * 4
    assert [found.status for found in client.attempt(attempts)] == [200] * 4


def test_a_client_s_request_leaves_the_model_as_it_was_warmed(mac: Mac, client: Vantage) -> None:
    """Options other than the warm-up's would make Ollama load the model anew, and keep it for minutes only."""

    def loaded() -> dict[str, int]:
        return {model["name"]: model["context_length"] for model in mac.ollama("/api/ps")["models"]}

    before = loaded()
    checks.chats(client, mac.name)
    assert loaded() == before
