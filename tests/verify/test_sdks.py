"""The OpenAI and Anthropic Python SDKs, unmodified, at the client, with a placeholder for a key."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from .table import MODEL
from .vantage import Vantage

pytestmark = pytest.mark.lab


def run(client: Vantage, script: str) -> dict[str, Any]:
    path = Path(__file__).with_name(script)
    said: dict[str, Any] = json.loads(client.check(sys.executable, str(path), "http://maca:11434", MODEL, timeout=120))
    return said


def test_openai(client: Vantage) -> None:
    said = run(client, "sdk_openai.py")
    assert f"{MODEL}:latest" in said["models"]
    assert said["model"].split(":")[0] == MODEL
    assert said["chat"]
    assert "".join(said["stream"])
    assert len(said["stream"]) > 1
    assert said["response"]
    assert "/v1/embeddings" in said["refused"], "the SDK shows the person what was refused"


def test_anthropic(client: Vantage) -> None:
    said = run(client, "sdk_anthropic.py")
    assert f"{MODEL}:latest" in said["models"]
    assert said["message"]
    assert "".join(said["stream"])
    assert said["usage"] > 0
    assert "/v1/messages/count_tokens" in said["refused"], "the SDK shows the person what was refused"
