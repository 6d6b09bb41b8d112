"""Names and durations, by Ollama's rules; models on the disk; registries."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import ToolError
from ansible_collections.remote_ollama.mac.plugins.module_utils.ollama import disk, durations, names, registry
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "short", "url"),
    [
        ("tiny", "tiny:latest", "https://registry.ollama.ai/v2/library/tiny/manifests/latest"),
        ("qwen3:32b", "qwen3:32b", "https://registry.ollama.ai/v2/library/qwen3/manifests/32b"),
        ("ada/m", "ada/m:latest", "https://registry.ollama.ai/v2/ada/m/manifests/latest"),
        (
            "hf.co/bartowski/Llama-3.2-3B-GGUF:Q4_K_M",
            "hf.co/bartowski/Llama-3.2-3B-GGUF:Q4_K_M",
            "https://hf.co/v2/bartowski/Llama-3.2-3B-GGUF/manifests/Q4_K_M",
        ),
        ("http://127.0.0.1:5000/library/x", "127.0.0.1:5000/library/x:latest", "http://127.0.0.1:5000/v2/library/x/manifests/latest"),
        ("registry.ollama.ai/library/tiny", "tiny:latest", "https://registry.ollama.ai/v2/library/tiny/manifests/latest"),
    ],
)  # fmt: skip
def test_names(name: str, short: str, url: str) -> None:
    parsed = names.parse(name)
    assert (parsed.short, parsed.manifest_url) == (short, url)
    assert names.parse(parsed.short).short == short


@pytest.mark.parametrize("name", ["", ":", "a:", "a/b/c/d", "../x", "a b", "a:b:c/d", "ftp://h/n/m", "-x", "x?y"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ToolError, match="is no name of a model"):
        names.parse(name)


@given(st.text())
def test_names_never_leave_their_folder(name: str) -> None:
    try:
        parsed = names.parse(name)
    except ToolError:
        return
    assert ".." not in parsed.manifest_path.split("/")
    assert parsed.manifest_url.startswith(("http://", "https://"))


def test_same_model() -> None:
    assert names.same("tiny", "tiny:latest")
    assert names.same("registry.ollama.ai/library/Tiny", "tiny:latest")
    assert not names.same("tiny", "tiny:1b")
    assert not names.same("tiny", "ada/tiny")


@pytest.mark.parametrize(
    ("value", "normal", "seconds"),
    [
        (-1, -1, math.inf),
        ("-1", -1, math.inf),
        ("300", 300, 300),
        ("24h", "24h", 86400),
        ("1h30m", "1h30m", 5400),
        ("1.5s", "1.5s", 1.5),
        ("-5m", "-5m", math.inf),
        ("250ms", "250ms", 0.25),
    ],
)
def test_durations(value: Any, normal: int | str, seconds: float) -> None:
    found = durations.normalize(value)
    assert found == normal
    assert found is not None
    assert durations.seconds(found) == pytest.approx(seconds)


@pytest.mark.parametrize("value", ["banana", "5", "10 m", "1d", "h", True, 1.5, [1]])
def test_what_is_no_duration(value: Any) -> None:
    if value == "5":
        assert durations.normalize(value) == 5
        return
    with pytest.raises(ToolError, match="keep_alive has to be"):
        durations.normalize(value)


@pytest.mark.parametrize("value", [None, ""])
def test_no_duration_is_the_servers(value: str | None) -> None:
    assert durations.normalize(value) is None


def test_times_as_go_writes_them() -> None:
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    assert durations.remaining("2026-11-21T13:00:30.123456789+01:00", now) == pytest.approx(30.123456)
    assert durations.remaining("2026-11-21T12:00:30Z", now) == 30
    assert durations.remaining("2319-03-03T16:19:10.1+01:00", now) == math.inf
    assert durations.until("2026-11-21T13:00:30.123456789+01:00") == "2026-11-21T12:00:30Z"
    assert durations.until("2319-03-03T16:19:10.1+01:00") == "forever"
    assert durations.moment("2026-11-21T12:00:30Z") - now == timedelta(seconds=30)
    with pytest.raises(ToolError, match="cannot be read"):
        durations.moment("2026-11-21 12:00")


# on the disk


def manifest(folder: Path, *digests: str) -> None:
    path = folder / "manifests/registry.ollama.ai/library/tiny/latest"
    path.parent.mkdir(parents=True)
    config, *layers = [{"digest": digest} for digest in digests]
    path.write_text(json.dumps({"config": config, "layers": layers}))
    (folder / "blobs").mkdir()


def test_a_model_is_there_with_all_its_layers(tmp_path: Path) -> None:
    tiny = names.parse("tiny")
    assert not disk.complete(str(tmp_path), tiny)
    manifest(tmp_path, "sha256:aa", "sha256:bb")
    assert not disk.complete(str(tmp_path), tiny)
    (tmp_path / "blobs/sha256-aa").touch()
    assert not disk.complete(str(tmp_path), tiny)
    (tmp_path / "blobs/sha256-bb").touch()
    assert disk.complete(str(tmp_path), tiny)
    assert not disk.complete(str(tmp_path), names.parse("tiny:1b"))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"config": 1, "layers": 2}'])
def test_broken_manifests(tmp_path: Path, content: str) -> None:
    manifest(tmp_path, "sha256:aa")
    (tmp_path / "manifests/registry.ollama.ai/library/tiny/latest").write_text(content)
    assert not disk.complete(str(tmp_path), names.parse("tiny"))


# at the registry


class Registry(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert self.headers["Accept"] == registry.MANIFEST_TYPE
        assert self.headers["User-Agent"] == "remote_ollama.mac"
        model = self.path.split("/")[3]
        self.send_response({"tiny": 200, "none": 404, "private": 401, "forbidden": 403}.get(model, 500))
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is to be printed."""


@pytest.fixture
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_registries(host: str) -> None:
    asked = [
        names.parse(f"http://{host}/library/{model}") for model in ("tiny", "none", "broken", "private", "forbidden")
    ]
    answers = registry.ask_all(asked, 5)
    assert [answer.known for answer in answers] == [True, False, None, None, None]
    assert answers[1].detail == f"{host} has no library/none:latest (HTTP 404)"
    assert "HTTP 500" in answers[2].detail
    told = f"{host} does not tell without a login whether it has library"
    assert answers[3].detail == f"{told}/private:latest (HTTP 401)"
    assert answers[4].detail == f"{told}/forbidden:latest (HTTP 403)"
    assert registry.ask_all([], 5) == []


def test_a_registry_that_cannot_be_asked_is_unknown(host: str) -> None:
    name = names.parse(f"http://{host}/library/tiny")
    unused = name._replace(host="127.0.0.1:1")
    answer = registry.ask(unused, 5)
    assert answer.known is None
    assert "127.0.0.1:1 could not be asked" in answer.detail
