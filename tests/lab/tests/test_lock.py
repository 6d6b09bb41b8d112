from __future__ import annotations

import threading
from pathlib import Path

import pytest
from lab.errors import NotInTime
from lab.lock import exclusive
from lab.waiting import wait_for


def test_the_second_waits_and_says_so(tmp_path: Path) -> None:
    path, said, order = tmp_path / "lock", [], []
    told = threading.Event()

    def second() -> None:
        def tell(text: str) -> None:
            said.append(text)
            told.set()

        with exclusive(tell, path, patience=10):
            order.append("second")

    with exclusive(said.append, path):
        thread = threading.Thread(target=second)
        thread.start()
        assert told.wait(5)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert "waiting for another lab command" in said[0]


def test_patience_ends(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive(print, path), pytest.raises(NotInTime, match="holds the lab"), exclusive(print, path, patience=0):
        pass


def test_a_removed_lock_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive(print, path) as remove:
        remove()
    assert not path.exists()
    with exclusive(print, path):
        assert path.exists()


def test_waiting_gives_the_answer_or_the_reason() -> None:
    answers = iter([None, None, "here"])
    assert wait_for("it", lambda: next(answers), seconds=5) == "here"
    with pytest.raises(NotInTime, match=r"it: not within 0 s\nthe log"):
        wait_for("it", lambda: None, seconds=0, detail=lambda: "the log")
