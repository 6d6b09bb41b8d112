"""The lab's vantage points: what a person at the client, at a stranger's or at a neighbour's machine can do."""

from __future__ import annotations

import contextlib
import dataclasses
import email.parser
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PROBE = Path(__file__).with_name("probe.py")
LAB = Path(sys.executable).with_name("lab")


@dataclasses.dataclass(frozen=True)
class Attempt:
    """Bytes to be sent; see probe.py."""

    address: str
    send: str = ""
    port: int = 11434
    timeout: float = 10
    source: str = ""


@dataclasses.dataclass(frozen=True)
class Finding:
    """What came of an attempt."""

    how: str
    received: str
    error: str

    @property
    def status(self) -> int | None:
        """The HTTP status, None when no HTTP came back."""
        words = self.received.split(" ", 2)
        return int(words[1]) if words[0].startswith("HTTP/") and len(words) > 1 and words[1].isdigit() else None

    @property
    def headers(self) -> dict[str, str]:
        head = self.received.partition("\r\n\r\n")[0].partition("\r\n")[2]
        return {name.lower(): value for name, value in email.parser.HeaderParser().parsestr(head).items()}

    @property
    def body(self) -> str:
        """The body, its chunks joined."""
        body = self.received.partition("\r\n\r\n")[2]
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return body
        joined = ""
        while body:
            size, _, body = body.partition("\r\n")
            joined += body[: int(size, 16)]
            body = body[int(size, 16) + 2 :]
        return joined

    def json(self) -> Any:
        return json.loads(self.body.encode("latin-1"))

    def __str__(self) -> str:
        return f"{self.how} {self.error} {self.received[:400]!r}"


def request(
    method: str, path: str, body: object = None, host: str = "maca:11434", headers: dict[str, str] | None = None
) -> str:
    """An HTTP/1.1 request as text; ``body`` is sent as JSON. A Host or a length in ``headers`` replaces ours."""
    content = "" if body is None else json.dumps(body)
    lines = {"Host": host, "Connection": "close"}
    if content or method == "POST":
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    lines |= headers or {}
    return f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + f"\r\n{content}"


class Vantage:
    """One host of the lab, at which commands are run."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def run(self, *argv: str, stdin: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(LAB), "exec", self.name, "--", *argv], input=stdin, capture_output=True, text=True, timeout=timeout
        )

    def check(self, *argv: str, stdin: str = "", timeout: float = 60) -> str:
        """What ``argv`` prints; an error with all it said when it fails."""
        ran = self.run(*argv, stdin=stdin, timeout=timeout)
        if ran.returncode:
            raise RuntimeError(f"{self.name}: {argv} ended with {ran.returncode}:\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    def attempt(self, attempts: Sequence[Attempt]) -> list[Finding]:
        """Makes all attempts side by side; a finding for each, in their order."""
        asked = json.dumps([dataclasses.asdict(attempt) for attempt in attempts])
        patience = 30 + sum(attempt.timeout for attempt in attempts)
        said = self.check(sys.executable, str(PROBE), stdin=asked, timeout=patience)
        return [Finding(**found) for found in json.loads(said)]

    def ask(self, address: str, method: str, path: str, body: object = None, timeout: float = 30) -> Finding:
        """One plain request."""
        host = f"[{address}]:11434" if ":" in address else f"{address}:11434"
        return self.attempt([Attempt(address, request(method, path, body, host), timeout=timeout)])[0]

    @contextlib.contextmanager
    def route(self, destination: str, via: str) -> Iterator[None]:
        """A route to one address through another host of the LAN, for as long as it is needed."""
        family = "-6" if ":" in destination else "-4"
        self.check("ip", family, "route", "replace", destination, "via", via)
        try:
            yield
        finally:
            self.check("ip", family, "route", "del", destination)

    @contextlib.contextmanager
    def own(self, address: str) -> Iterator[None]:
        """An address that this host claims as its own, to send from it."""
        bits = "128" if ":" in address else "32"
        extra = ["nodad"] if ":" in address else []
        self.check("ip", "address", "replace", f"{address}/{bits}", "dev", "lo", *extra)
        try:
            yield
        finally:
            self.check("ip", "address", "del", f"{address}/{bits}", "dev", "lo")
