# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of Ollama's HTTP API."""

from __future__ import annotations

import json
import re
import time
import typing as t
import urllib.error
import urllib.request

from ..command import ToolError
from ..waiting import Clock, Deadline
from . import names

NO_GENERATE = "does not support generate"
BUSY = 503
NOT_FOUND = 404
FORBIDDEN = 403


class UnreachableError(ToolError):
    """Nobody answers at the URL, or not in time."""


class ApiError(ToolError):
    """Ollama answered with an error."""

    def __init__(self, what: str, status: int, error: str) -> None:
        super().__init__(f"{what}: HTTP {status}, {error}", status=status, error=error)
        self.status = status
        self.error = error


class Model(t.NamedTuple):
    """A model on the disk."""

    name: str
    digest: str
    size: int


class Loaded(t.NamedTuple):
    """A model in memory."""

    name: str
    expires_at: str
    context: int | None


class Context(t.NamedTuple):
    """Tokens; None where the model does not say."""

    asked_for: int | None
    trained: int | None


class Ollama:
    """Ollama's API.

    :param url: such as http://127.0.0.1:11434
    :param timeout: seconds for one answer
    """

    def __init__(self, url: str, timeout: float, clock: Clock = time) -> None:
        if not url.startswith(("http://", "https://")):
            raise ToolError(f"url has to begin with http:// or https://, not {url!r}.")
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._clock = clock
        # Ollama is on this machine: a proxy that the environment names is for other things
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def await_answer(self, deadline: Deadline) -> str:
        """Wait until the server answers; returns its version.

        :raises UnreachableError: it does not
        """
        while True:
            try:
                return str(self._json("GET", "/api/version", timeout=max(1.0, deadline.remaining))["version"])
            except UnreachableError:
                if not deadline.pause():
                    raise

    def models(self) -> list[Model]:
        return [
            Model(entry["name"], entry["digest"], entry["size"])
            for entry in self._json("GET", "/api/tags")["models"] or ()
        ]

    def find(self, name: str) -> Model | None:
        return next((model for model in self.models() if names.same(model.name, name)), None)

    def loaded(self, name: str) -> Loaded | None:
        for entry in self._json("GET", "/api/ps")["models"] or ():
            if names.same(entry["name"], name):
                return Loaded(entry["name"], entry["expires_at"], entry.get("context_length"))
        return None

    def context(self, name: str) -> Context:
        """The context that the model asks for, and the longest that it was trained for."""
        shown = self._json("POST", "/api/show", {"model": name})
        found = re.search(r"^num_ctx +(\d+)$", shown.get("parameters") or "", re.MULTILINE)
        details = shown.get("model_info") or {}
        trained = next((value for key, value in details.items() if key.endswith(".context_length")), None)
        return Context(int(found.group(1)) if found else None, trained)

    def set_context(self, name: str, context: int) -> None:
        """Write the context into the model, which keeps all else that it has. Its layers stay; the digest changes."""
        body = {"model": name, "from": name, "parameters": {"num_ctx": context}, "stream": False}
        answer = self._json("POST", "/api/create", body)
        if answer.get("status") != "success":
            raise ToolError(f"The context of {name} could not be set: Ollama answered {answer!r}.")

    def pull(self, name: str, stall: float) -> None:
        """Fetch a model from its registry.

        The HTTP status says nothing: it is 200 before the registry was asked. Only a last line "success" is one.

        :param stall: seconds without any progress after which it is given up; what was fetched is kept for the next try
        """
        state: t.Any = None
        last: dict[str, t.Any] = {}
        since = self._clock.monotonic()
        try:
            for last in self._lines("/api/pull", {"model": name}, timeout=stall):
                if "error" in last:
                    raise ToolError(pull_failure(name, str(last["error"])))
                now = self._clock.monotonic()
                progress = (last.get("status"), last.get("digest"), last.get("completed"))
                if progress != state:
                    state, since = progress, now
                elif now - since > stall:
                    raise UnreachableError("no progress")
        except UnreachableError as error:
            raise ToolError(
                f"Pulling {name} stalled: no progress for {stall:g} s ({describe(last)}). What was fetched is kept; "
                f"the next "
                f"pull goes on from there. {error.message}"
            ) from None
        except ApiError as error:
            raise ToolError(pull_failure(name, error.error)) from None
        if last.get("status") != "success":
            raise ToolError(
                f"Pulling {name} ended without success ({describe(last)}): was Ollama stopped or restarted?"
            )

    def load(self, name: str, keep_alive: int | str | None, deadline: Deadline) -> bool:
        """Put a model into memory, or change how long it stays there.

        No options go along: a client's request for the same model has none either, and where the two differ Ollama
        loads
        the model again, with that client's.

        :returns: can it generate text? An embedding model cannot.
        """
        body = request_body(name, keep_alive)
        while True:
            try:
                self._json("POST", "/api/generate", dict(body, stream=False), timeout=max(1.0, deadline.remaining))
                return True
            except ApiError as error:
                if NO_GENERATE in error.error:
                    self._json("POST", "/api/embed", body, timeout=max(1.0, deadline.remaining))
                    return False
                if error.status != BUSY or not deadline.pause():
                    raise

    def first_token(self, name: str, keep_alive: int | str | None, timeout: float) -> float:
        """Seconds from a short prompt to the first token of its answer."""
        body = dict(request_body(name, keep_alive), prompt="Hello", options={"num_predict": 1}, stream=True)
        start = self._clock.monotonic()
        lines = self._lines("/api/generate", body, timeout=timeout)
        first = next(lines, {})
        elapsed = self._clock.monotonic() - start
        for line in (first, *lines):
            if "error" in line:
                raise ToolError(f"{name} is loaded, but does not answer: {line['error']}")
        return elapsed

    def unload(self, name: str) -> None:
        self._json("POST", "/api/generate", {"model": name, "keep_alive": 0, "stream": False})

    def delete(self, name: str) -> None:
        self._request("DELETE", "/api/delete", {"model": name}).close()

    def _json(
        self, method: str, path: str, body: dict[str, t.Any] | None = None, timeout: float | None = None
    ) -> dict[str, t.Any]:
        try:
            with self._request(method, path, body, timeout) as response:
                answer = json.load(response)
        except (OSError, ValueError) as error:
            raise UnreachableError(f"{self._url}{path} gave no answer that can be read: {error}") from error
        if not isinstance(answer, dict):
            raise UnreachableError(f"{self._url}{path} answered something else than Ollama would: {answer!r}")
        return answer

    def _lines(self, path: str, body: dict[str, t.Any], timeout: float) -> t.Iterator[dict[str, t.Any]]:
        """The lines of a stream, as they come."""
        try:
            with self._request("POST", path, body, timeout) as response:
                for line in response:
                    if line.strip():
                        yield json.loads(line)
        except (OSError, ValueError) as error:
            raise UnreachableError(f"{self._url}{path} broke off: {error}") from error

    def _request(
        self, method: str, path: str, body: dict[str, t.Any] | None = None, timeout: float | None = None
    ) -> t.Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the constructor allows http and https only
            self._url + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            return self._opener.open(request, timeout=self._timeout if timeout is None else timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise ApiError(f"{method} {self._url}{path}", error.code, error_text(error)) from None
        except OSError as error:
            reason = getattr(error, "reason", None) or error
            raise UnreachableError(f"Ollama does not answer at {self._url}: {reason}") from error


def request_body(name: str, keep_alive: int | str | None) -> dict[str, t.Any]:
    """What every request that loads carries: one without a keep_alive leaves the model the one that it has."""
    return {"model": name} if keep_alive is None else {"model": name, "keep_alive": keep_alive}


def error_text(error: urllib.error.HTTPError) -> str:
    """What an error answer says. Ollama refuses a Host that it does not know with 403 and nothing else."""
    text = error.read().decode(errors="replace").strip()
    if not text and error.code == FORBIDDEN:
        return "refused without a word: Ollama bound to loopback does not know the host name in the url; use 127.0.0.1"
    try:
        said = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        return text or str(error.reason)
    return str(said)


def pull_failure(name: str, said: str) -> str:
    full = names.parse(name)
    message = f"Pulling {name} failed: {said}."
    if "file does not exist" in said or "not found" in said:
        message += f" The registry {full.host} has no model {full.namespace}/{full.model} with the tag {full.tag}."
    return message


def describe(line: t.Mapping[str, t.Any]) -> str:
    """A line of a pull, for messages."""
    status = line.get("status") or "nothing was said"
    if "total" in line:
        return f"{status}, {line.get('completed', 0)} of {line['total']} bytes"
    return str(status)
