"""ollama_model against a server that answers as Ollama does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import ToolError
from ansible_collections.remote_ollama.mac.plugins.module_utils.ollama.client import Ollama, UnreachableError
from ansible_collections.remote_ollama.mac.plugins.modules import ollama_model
from ansible_collections.remote_ollama.mac.plugins.modules.ollama_model import ModelTask
from support.modules import run_module
from support.ollama_server import FOREVER, FakeOllama


@pytest.fixture
def ollama() -> Iterator[FakeOllama]:
    fake = FakeOllama()
    yield fake
    fake.close()


def run(ollama: FakeOllama, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    return run_with_warnings(ollama, check_mode, **options)[0]


def run_with_warnings(ollama: FakeOllama, check_mode: bool = False, **options: Any) -> tuple[dict[str, Any], list[str]]:
    defaults = {"state": "present", "context": 0, "keep_alive": None, "wait": 5, "timeout": 5, "stall_timeout": 5}
    task = ModelTask(Ollama(ollama.url, 5), {**defaults, **options})
    return task.run(check_mode), task.warnings


def writes(ollama: FakeOllama) -> list[str]:
    reads = ("GET /api/version", "GET /api/tags", "GET /api/ps", "POST /api/show")
    return [asked for asked, _body in ollama.log if asked not in reads]


def later(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f123Z")


# present


def test_pulled_once(ollama: FakeOllama) -> None:
    result = run(ollama, name="tiny")
    assert (result["changed"], result["pulled"], result["name"]) == (True, True, "tiny:latest")
    assert (result["digest"], result["size"]) == ("d" * 64, 645440)
    assert result["diff"] == {"before": {"present": False}, "after": {"present": True}}
    ollama.log.clear()
    result = run(ollama, name="tiny:latest")
    assert (result["changed"], result["pulled"]) == (False, False)
    assert writes(ollama) == []


def test_what_the_registry_does_not_have(ollama: FakeOllama) -> None:
    with pytest.raises(ToolError) as caught:
        run(ollama, name="nope:7b")
    assert caught.value.message == (
        "Pulling nope:7b failed: pull model manifest: file does not exist. The registry registry.ollama.ai has no "
        "model library/nope with the tag 7b."
    )


def test_a_pull_without_success_failed(ollama: FakeOllama) -> None:
    ollama.overrides["/api/pull"] = lambda _body: (
        200,
        [{"status": "pulling manifest"}, {"status": "writing manifest"}],
    )
    with pytest.raises(ToolError, match=r"ended without success \(writing manifest\)"):
        run(ollama, name="tiny")


def test_a_pull_that_fails_at_once(ollama: FakeOllama) -> None:
    ollama.overrides["/api/pull"] = lambda _body: (
        500,
        [{"error": "dial tcp: lookup registry.ollama.ai: no such host"}],
    )
    with pytest.raises(ToolError, match="Pulling tiny:latest failed: dial tcp: lookup"):
        run(ollama, name="tiny")


def test_a_pull_that_repeats_itself_is_given_up(ollama: FakeOllama) -> None:
    stuck = {"status": "pulling 292abd", "digest": "sha256:292abd", "total": 100, "completed": 40}
    ollama.overrides["/api/pull"] = lambda _body: (200, [stuck] * 50 + [{"status": "success"}])
    client = Ollama(ollama.url, 5, clock=TickingClock())
    with pytest.raises(ToolError, match=r"stalled: no progress for 10 s \(pulling 292abd, 40 of 100 bytes\)"):
        client.pull("tiny", stall=10)


def test_a_pull_that_falls_silent_is_given_up(ollama: FakeOllama) -> None:
    wait = threading.Event()

    def silent(_body: Any) -> tuple[int, list[Any]]:
        wait.wait(5)
        return 200, []

    ollama.overrides["/api/pull"] = silent
    with pytest.raises(ToolError, match="Pulling tiny stalled: no progress"):
        Ollama(ollama.url, 5).pull("tiny", stall=0.2)
    wait.set()


def test_slow_progress_is_progress(ollama: FakeOllama) -> None:
    layer = {"status": "pulling 292abd", "digest": "sha256:292abd", "total": 100}
    lines = [dict(layer, completed=count) for count in range(100)]
    ollama.overrides["/api/pull"] = lambda _body: (200, [*lines, {"status": "success"}])
    Ollama(ollama.url, 5, clock=TickingClock()).pull("tiny", stall=10)


class TickingClock:
    """Each look at it is a second later."""

    def __init__(self) -> None:
        self.time = 0.0

    def monotonic(self) -> float:
        self.time += 1
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_pulled_but_not_there(ollama: FakeOllama) -> None:
    ollama.overrides["/api/pull"] = lambda _body: (200, [{"status": "success"}])
    with pytest.raises(ToolError, match="pulled tiny:latest with success, but does not list it"):
        run(ollama, name="tiny")


def test_answers_that_are_no_json(ollama: FakeOllama) -> None:
    ollama.overrides["/api/tags"] = lambda _body: (200, [b"<html>"])
    with pytest.raises(UnreachableError, match="gave no answer that can be read"):
        run(ollama, name="tiny")


# resident


def test_pulled_and_loaded_for_ever(ollama: FakeOllama) -> None:
    result = run(ollama, name="tiny", state="resident", keep_alive=-1, context=512)
    assert (result["changed"], result["pulled"], result["resident"], result["context"]) == (True, True, True, 512)
    assert result["resident_until"] == "forever"
    assert result["load_seconds"] >= 0
    assert result["first_token_seconds"] >= 0
    (create,) = ollama.requests("/api/create")
    assert create == {"model": "tiny:latest", "from": "tiny:latest", "parameters": {"num_ctx": 512}, "stream": False}
    load, first = ollama.requests("/api/generate")
    # what a client of the OpenAI interface could not send would make Ollama load the model again at its first request
    assert load == {"model": "tiny:latest", "keep_alive": -1, "stream": False}
    assert first["keep_alive"] == -1
    assert first["options"] == {"num_predict": 1}
    ollama.log.clear()
    again = run(ollama, name="tiny", state="resident", keep_alive="-1", context=512)
    assert (again["changed"], again["load_seconds"], again["first_token_seconds"]) == (False, None, None)
    assert again["resident_until"] == "forever"
    assert writes(ollama) == []


def test_embedding_models_load_by_embed(ollama: FakeOllama) -> None:
    result = run(ollama, name="tiny-embed", state="resident", keep_alive=-1)
    assert (result["changed"], result["resident"], result["first_token_seconds"]) == (True, True, None)
    assert ollama.requests("/api/embed") == [{"model": "tiny-embed:latest", "keep_alive": -1}]
    assert not run(ollama, name="tiny-embed", state="resident", keep_alive=-1)["changed"]


def test_another_context_loads_again(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest", resident=FOREVER, context=1024)
    result = run(ollama, name="tiny", state="resident", keep_alive=-1, context=2048)
    assert (result["changed"], result["context"]) == (True, 2048)
    assert result["load_seconds"] is not None


def test_longer_context_than_it_was_trained_for(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest")
    result, warnings = run_with_warnings(ollama, name="tiny", state="resident", keep_alive=-1, context=9999)
    assert result["context"] == 2048
    assert "trained for a context of 2048 tokens, so it gets that, not 9999" in warnings[0]
    assert not run(ollama, name="tiny", state="resident", keep_alive=-1, context=9999)["changed"]


def test_context_is_written_into_the_model_and_stays(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest")
    result = run(ollama, name="tiny", context=512)
    assert (result["changed"], result["pulled"], result["context"]) == (True, False, 512)
    assert result["diff"] == {
        "before": {"present": True, "context": None},
        "after": {"present": True, "context": 512},
    }
    assert writes(ollama) == ["POST /api/create"]
    assert not run(ollama, name="tiny", context=512)["changed"]
    assert not run(ollama, name="tiny")["changed"]
    assert run(ollama, name="tiny", context=256)["changed"]


def test_context_that_does_not_stick(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest")
    ollama.overrides["/api/create"] = lambda _body: (200, [{"status": "success"}])
    with pytest.raises(ToolError, match="accepted the context of 512 tokens for tiny:latest, but shows None"):
        run(ollama, name="tiny", context=512)
    ollama.overrides["/api/create"] = lambda _body: (200, [{"status": "busy"}])
    with pytest.raises(ToolError, match="could not be set"):
        run(ollama, name="tiny", context=512)


def test_somebody_else_loads_it_with_another_context(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest")
    usual = ollama.add

    def generate(_body: Any) -> tuple[int, list[Any]] | None:
        usual("tiny:latest", resident=FOREVER, context=64)
        return 200, [{"done": True}]

    ollama.overrides["/api/generate"] = generate
    with pytest.raises(ToolError, match="is in memory with 64: a client's request"):
        run(ollama, name="tiny", state="resident", keep_alive=-1, context=512)


def test_any_context_will_do(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest", resident=FOREVER, context=777)
    assert not run(ollama, name="tiny", state="resident", keep_alive=-1)["changed"]


@pytest.mark.parametrize(
    ("keep_alive", "left", "changed"),
    [
        (-1, None, False),
        (-1, 300, True),
        ("1h", None, True),
        ("1h", 3500, False),
        ("1h", 1900, False),
        ("1h", 1700, True),
        ("1h", 7200, True),
        (None, 5, False),
        (None, None, False),
    ],
)
def test_how_long_it_stays(ollama: FakeOllama, keep_alive: Any, left: float | None, changed: bool) -> None:
    ollama.add("tiny:latest", resident=FOREVER if left is None else later(left))
    result = run(ollama, check_mode=True, name="tiny", state="resident", keep_alive=keep_alive)
    assert result["changed"] is changed


def test_a_longer_stay_is_no_load(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest", resident=later(300))
    result = run(ollama, name="tiny", state="resident", keep_alive=-1)
    assert (result["changed"], result["load_seconds"], result["first_token_seconds"]) == (True, None, None)
    assert result["resident_until"] == "forever"


def test_not_enough_memory(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest")
    ollama.overrides["/api/generate"] = lambda _body: (500, [{"error": "model requires more system memory (90 GiB)"}])
    with pytest.raises(ToolError, match="tiny:latest could not be loaded: model requires more system memory"):
        run(ollama, name="tiny", state="resident")


def test_a_busy_server_is_asked_again(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest")
    busy = iter([True, True, False, False])

    def generate(_body: Any) -> tuple[int, list[Any]] | None:
        return (
            (503, [{"error": "server busy, please try again.  maximum pending requests exceeded"}])
            if next(busy)
            else None
        )

    ollama.overrides["/api/generate"] = generate
    assert run(ollama, name="tiny", state="resident", keep_alive=-1)["resident"]


def test_pushed_out_at_once(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest")
    ollama.evicts = True
    with pytest.raises(ToolError, match="is not in memory any more: other models may have pushed it out"):
        run(ollama, name="tiny", state="resident")


def test_loaded_but_dumb(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest")

    def generate(body: Any) -> tuple[int, list[Any]] | None:
        return (200, [{"error": "llama runner process has terminated"}]) if "prompt" in body else None

    ollama.overrides["/api/generate"] = generate
    with pytest.raises(ToolError, match="is loaded, but does not answer: llama runner"):
        run(ollama, name="tiny", state="resident")


def test_resident_and_not_kept_is_a_contradiction(ollama: FakeOllama) -> None:
    with pytest.raises(ToolError, match="keep_alive 0 unloads"):
        run(ollama, name="tiny", state="resident", keep_alive="0s")


# unloaded, absent


def test_unloaded(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest", resident=FOREVER)
    result = run(ollama, name="tiny", state="unloaded")
    assert (result["changed"], result["resident"]) == (True, False)
    assert result["diff"] == {"before": {"resident": True}, "after": {"resident": False}}
    assert not run(ollama, name="tiny", state="unloaded")["changed"]
    assert "tiny:latest" in ollama.disk


def test_unloading_what_is_not_even_there(ollama: FakeOllama) -> None:
    result = run(ollama, name="nope", state="unloaded")
    assert (result["changed"], result["pulled"]) == (False, False)
    assert writes(ollama) == []


def test_absent(ollama: FakeOllama) -> None:
    ollama.add("tiny:latest", resident=FOREVER)
    result = run(ollama, name="tiny", state="absent")
    assert (result["changed"], result["digest"]) == (True, None)
    assert ollama.disk == {}
    assert not run(ollama, name="tiny", state="absent")["changed"]


# check mode


@pytest.mark.parametrize("state", ["present", "resident", "unloaded", "absent"])
@pytest.mark.parametrize("there", ["nowhere", "disk", "memory"])
def test_check_mode_says_what_the_real_run_does(ollama: FakeOllama, state: str, there: str) -> None:
    if there != "nowhere":
        ollama.add("tiny:latest", resident=FOREVER if there == "memory" else None)
    options = {"name": "tiny", "state": state, "keep_alive": -1, "context": 512}
    checked = run(ollama, check_mode=True, **options)
    assert writes(ollama) == []
    done = run(ollama, **options)
    for key in ("changed", "pulled", "resident", "context", "diff"):
        assert checked[key] == done[key], key
    assert set(checked) == set(done)


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_nobody_answers(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(ollama_model.AnsibleModule, "warn", lambda _module, warning: warnings.append(warning))
    url = f"http://127.0.0.1:{unused_port()}"
    answer = run_module(ollama_model, capsys, {"name": "tiny", "url": url, "wait": 0})
    assert answer["failed"]
    assert f"Ollama does not answer at {url}" in answer["msg"]
    answer = run_module(ollama_model, capsys, {"name": "tiny", "url": url, "state": "resident"}, check_mode=True)
    assert (answer["changed"], answer["pulled"], answer["resident"]) == (True, True, True)
    assert "yet to be started" in warnings[0]


def test_host_that_ollama_refuses(ollama: FakeOllama, capsys: pytest.CaptureFixture[str]) -> None:
    ollama.overrides["/api/version"] = lambda _body: (403, [])
    answer = run_module(ollama_model, capsys, {"name": "tiny", "url": ollama.url})
    assert answer["failed"]
    assert "use 127.0.0.1" in answer["msg"]


def test_the_module_as_a_whole(ollama: FakeOllama, capsys: pytest.CaptureFixture[str]) -> None:
    answer = run_module(
        ollama_model, capsys, {"name": "tiny", "url": ollama.url, "state": "resident", "keep_alive": -1}
    )
    assert (answer["changed"], answer["resident_until"]) == (True, "forever")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"name": "a/b/c/d"}, "is no name of a model"),
        ({"name": "x", "context": -1}, "context has to be a number of tokens"),
        ({"name": "x", "keep_alive": "banana"}, "keep_alive has to be"),
        ({"name": "x", "url": "127.0.0.1:11434"}, "url has to begin with http"),
    ],
)
def test_bad_options(capsys: pytest.CaptureFixture[str], options: dict[str, Any], says: str) -> None:
    answer = run_module(ollama_model, capsys, options)
    assert answer["failed"]
    assert says in answer["msg"]
