"""to_plist: data to property list."""

from __future__ import annotations

import plistlib
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.remote_ollama.mac.plugins.filter.to_plist import FilterModule, to_plist
from hypothesis import given
from hypothesis import strategies as st

JOB = {
    "Label": "com.ollama",
    "ProgramArguments": ["/opt/homebrew/Cellar/ollama/0.32.15/bin/ollama", "serve"],
    "EnvironmentVariables": {"OLLAMA_HOST": "127.0.0.1:11434", "A": "<&>"},
    "KeepAlive": True,
    "RunAtLoad": False,
    "ThrottleInterval": 10,
}


def test_as_apple_writes_it() -> None:
    assert to_plist({"Label": "x", "KeepAlive": True, "Nice": 5, "Words": ["a"], "Empty": {}}) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
        '<plist version="1.0">\n<dict>\n\t<key>Label</key>\n\t<string>x</string>\n\t<key>KeepAlive</key>\n\t<true/>\n'
        "\t<key>Nice</key>\n\t<integer>5</integer>\n\t<key>Words</key>\n\t<array>\n\t\t<string>a</string>\n\t</array>\n"
        "\t<key>Empty</key>\n\t<dict/>\n</dict>\n</plist>\n"
    )


def test_it_is_read_back() -> None:
    assert plistlib.loads(to_plist(JOB).encode()) == JOB
    assert list(plistlib.loads(to_plist(JOB).encode())) == list(JOB)
    assert to_plist(JOB) == to_plist(JOB)


def test_dates_and_bytes() -> None:
    data = {"at": datetime(2026, 11, 21, tzinfo=UTC).replace(tzinfo=None), "raw": b"\x00\xff"}
    assert plistlib.loads(to_plist(data).encode()) == data


def test_null_values_are_left_out() -> None:
    assert plistlib.loads(to_plist({"a": None, "b": {"c": None, "d": 1}}).encode()) == {"b": {"d": 1}}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "a dictionary is needed, not list"),
        ("text", "a dictionary is needed, not str"),
        ({1: "x"}, "the key 1, which is int"),
        ({"a": {True: "x"}}, r"the data.a has the key True"),
        ({"a": [1, None]}, r"the data.a\[1\] is null"),
        ({"a": object()}, r"the data.a is object"),
        ({"a": 1 << 64}, "no integer of a property list can hold"),
        ({"a": "bell\x07"}, "control character"),
        ({"b\x00": 1}, "control character"),
    ],
)
def test_what_a_property_list_cannot_hold(data: Any, says: str) -> None:
    with pytest.raises(AnsibleFilterError, match=says):
        to_plist(data)


values = st.recursive(
    st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.text(st.characters(codec="utf-8", exclude_characters="\r\ufffe\uffff", min_codepoint=32)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abc"), values))
def test_any_data_comes_back(data: dict[str, Any]) -> None:
    assert plistlib.loads(to_plist(data).encode()) == data


def test_it_is_a_filter() -> None:
    assert FilterModule().filters()["to_plist"] is to_plist
