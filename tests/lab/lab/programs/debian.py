"""Debian packages of a newer release than the machine's, unpacked beside it and never installed."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterable
from pathlib import Path

from lab.command import run
from lab.errors import LabError

_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_APT_SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Source:
    """One archive that the machine's apt is told of."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str


def machine_sources(etc: Path = Path("/etc/apt")) -> list[Source]:
    """The archives of binary packages in apt's own configuration, in both of its formats."""
    found: list[Source] = []
    for path in (etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))):
        if not path.is_file():
            continue
        if path.suffix == ".sources":
            found += parse_stanzas(path.read_text(encoding="utf-8"))
        elif path.suffix == ".list":
            found += parse_lines(path.read_text(encoding="utf-8"))
    return found


def parse_stanzas(text: str) -> list[Source]:
    """The format of *.sources: stanzas of fields, where a value goes on in indented lines."""
    sources = []
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[name] = f"{fields.get(name, '')}\n{line.strip()}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() == "no":
            continue
        signed_by = fields.get("signed-by", "")
        sources += [
            Source(
                uri=uri,
                suites=tuple(fields.get("suites", "").split()),
                components=tuple(fields.get("components", "").split()),
                signed_by=signed_by if signed_by.startswith("/") else "",
            )
            for uri in fields.get("uris", "").split()
        ]
    return sources


def parse_lines(text: str) -> list[Source]:
    """The format of *.list: `deb [options] uri suite component…`."""
    sources = []
    for line in text.splitlines():
        found = re.match(r"deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)", line.strip())
        if found:
            options, uri, suite, components = found.groups()
            signed_by = re.search(r"signed-by=(/[^\s,]+)", options or "")
            sources.append(Source(uri, (suite,), tuple(components.split()), signed_by[1] if signed_by else ""))
    return sources


def choose(sources: Iterable[Source]) -> Source:
    """The archive that has every release of Debian: not the security one, not one of somebody else."""
    for source in sources:
        if "main" in source.components and source.uri.rstrip("/").endswith("/debian"):
            return dataclasses.replace(source, signed_by=source.signed_by or str(_KEYRING))
    raise LabError(
        "apt's own sources name no Debian archive, from which the lab takes HAProxy of the line that Homebrew has"
    )


def download(packages: Iterable[str], suites: Iterable[str], folder: Path) -> list[Path]:
    """Package files of ``suites``, taken from the machine's own mirror. apt's lists and cache stay as they are."""
    source = choose(machine_sources())
    listing, state, cache = folder / "sources.list", folder / "lists", folder / "cache"
    listing.write_text(
        "".join(f"deb [signed-by={source.signed_by}] {source.uri} {suite} main\n" for suite in suites),
        encoding="utf-8",
    )
    for path in (state / "partial", cache / "archives" / "partial"):
        path.mkdir(parents=True)
    options = {
        "Dir::Etc::sourcelist": listing,
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferencesparts": "-",
        "Dir::State::lists": state,
        "Dir::State::status": "/dev/null",
        "Dir::Cache": cache,
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", "--quiet", *(f"-o{name}={value}" for name, value in options.items())]
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    run([*apt, "update"], environment=environment, timeout=_APT_SECONDS)
    files = folder / "files"
    files.mkdir()
    # apt-get download writes where it stands
    run(["env", "-C", str(files), *apt, "download", *packages], environment=environment, timeout=_APT_SECONDS)
    return sorted(files.glob("*.deb"))
