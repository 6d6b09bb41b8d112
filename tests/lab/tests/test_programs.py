from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import pytest
from lab.errors import LabError
from lab.programs import golang, haproxy
from lab.programs.cache import Cache, Recipe
from lab.progress import Progress


def writes(text: str, inputs: tuple[bytes, ...] = (b"1",)) -> Recipe:
    return Recipe("thing", "Make a thing", inputs, lambda folder: _write(folder, text))


def _write(folder: Path, text: str) -> None:
    (folder / "file").write_text(text)


def test_a_thing_is_built_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    first = cache.ensure(writes("first"), Progress())
    second = cache.ensure(writes("never written"), Progress())
    assert first == second
    assert (first / "file").read_text() == "first"


def test_other_inputs_are_another_thing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.path(writes("", (b"1",))) != cache.path(writes("", (b"2",)))
    # what belongs to which input counts, not only the bytes in a row
    assert cache.path(writes("", (b"ab", b"c"))) != cache.path(writes("", (b"a", b"bc")))


def test_a_failed_build_leaves_nothing_and_names_itself(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        _write(folder, "half")
        raise LabError("the compiler said no")

    recipe = dataclasses.replace(writes(""), build=fail)
    with pytest.raises(LabError, match="Make a thing: the compiler said no"):
        Cache(tmp_path).ensure(recipe, Progress())
    assert not [path for path in (tmp_path / "programs").iterdir() if path.is_dir()]


def test_what_a_killed_build_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "programs" / ".thing-killed"
    left.mkdir(parents=True)
    Cache(tmp_path).ensure(writes("new"), Progress())
    assert not left.exists()


def test_two_clones_at_once_build_once(tmp_path: Path) -> None:
    builds: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def slow(folder: Path) -> None:
        builds.append(folder.name)
        begun.set()
        assert may_end.wait(10)

    recipe = dataclasses.replace(writes(""), build=slow)
    threads = [threading.Thread(target=Cache(tmp_path).ensure, args=(recipe, Progress())) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    may_end.set()
    for thread in threads:
        thread.join(10)
    assert len(builds) == 1


def test_the_pinned_programs() -> None:
    assert {program.name: program.version for program in golang.PROGRAMS} == {
        "tailscale": "1.102.3",
        "headscale": "0.29.2",
        "ollama": "0.32.15",
    }


def test_ollama_knows_its_version() -> None:
    assert "-X=github.com/ollama/ollama/version.Version=0.32.15" in " ".join(golang.OLLAMA.flags())


@pytest.mark.parametrize(
    ("version", "taken"), [("3.4.2-1", True), ("1:3.10.0-1", True), ("4.0~dev1-1", True), ("3.2.9-1", False)]
)
def test_the_line_of_haproxy(version: str, taken: bool) -> None:
    assert haproxy.is_of_the_line(version) is taken


def test_the_go_that_all_three_need() -> None:
    assert golang.needed_go() >= (1, 26)
    assert golang.go_directive("module x\n\ngo 1.26.6\n") == (1, 26, 6)
    with pytest.raises(LabError, match="no go directive"):
        golang.go_directive("module x\n")


def test_a_program_s_key_follows_its_sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = golang.HEADSCALE.source
    copy = tmp_path / "headscale"
    copy.mkdir()
    for name in ("go.mod", "go.sum"):
        (copy / name).write_bytes((source / name).read_bytes())
    before = golang.recipe(golang.HEADSCALE, Path("go")).key
    monkeypatch.setattr(golang.GoProgram, "source", copy)
    assert golang.recipe(golang.HEADSCALE, Path("go")).key == before
    with (copy / "go.sum").open("a") as sums:
        sums.write("\n")
    assert golang.recipe(golang.HEADSCALE, Path("go")).key != before
