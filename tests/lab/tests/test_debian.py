from __future__ import annotations

from pathlib import Path

import pytest
from lab.errors import LabError
from lab.programs import debian
from lab.programs.debian import Source

STANZAS = """\
# the main archive
Types: deb deb-src
URIs: http://mirror.test/debian
Suites: stable stable-updates
Components: main contrib
Signed-By: /keys/archive.gpg

Types: deb
URIs: http://mirror.test/debian-security
Suites: stable-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
Enabled: no
URIs: http://off.test/debian
Suites: stable
Components: main

Types: deb-src
URIs: http://sources.test/debian
Suites: stable
Components: main
"""


def test_stanzas() -> None:
    assert debian.parse_stanzas(STANZAS) == [
        Source("http://mirror.test/debian", ("stable", "stable-updates"), ("main", "contrib"), "/keys/archive.gpg"),
        Source("http://mirror.test/debian-security", ("stable-security",), ("main",), ""),
    ]


def test_lines() -> None:
    text = """
# deb http://commented.test/debian stable main
deb http://mirror.test/debian stable main contrib # trailing
deb [arch=amd64 signed-by=/keys/one.gpg] https://other.test/apt any main
deb-src http://mirror.test/debian stable main
"""
    assert debian.parse_lines(text) == [
        Source("http://mirror.test/debian", ("stable",), ("main", "contrib"), ""),
        Source("https://other.test/apt", ("any",), ("main",), "/keys/one.gpg"),
    ]


def test_both_formats_are_read(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("deb http://a.test/debian stable main\n")
    (parts / "b.sources").write_text("Types: deb\nURIs: http://b.test/debian\nSuites: stable\nComponents: main\n")
    (parts / "c.list.disabled").write_text("deb http://c.test/debian stable main\n")
    assert [source.uri for source in debian.machine_sources(tmp_path)] == [
        "http://a.test/debian",
        "http://b.test/debian",
    ]


def test_the_archive_of_all_releases_is_chosen() -> None:
    security = Source("http://mirror.test/debian-security", ("stable-security",), ("main",), "")
    archive = Source("http://mirror.test/debian/", ("stable",), ("main",), "/keys/archive.gpg")
    assert debian.choose([security, archive]) == archive


def test_a_machine_without_debian_s_archive_is_told() -> None:
    with pytest.raises(LabError, match="no Debian archive"):
        debian.choose([Source("http://mirror.test/other", ("stable",), ("main",), "")])
