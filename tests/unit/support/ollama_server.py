"""A small server that answers as Ollama does, from the requests and answers that were seen of version 0.32.15."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FOREVER = "2319-03-03T16:19:10.123456789+01:00"
TRAINED = 2048
DEFAULT_CONTEXT = 1024


class QuietServer(ThreadingHTTPServer):
    """Says nothing about a client that has gone away, which is what some tests are about."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class FakeOllama:
    """Models on the disk and in memory, and a registry that ``known`` names are pulled from.

    ``log`` is every request as ``METHOD PATH`` and its body. ``overrides`` answers a path in a test's own way: it gets
    the body and returns (status, list of JSON lines), or None for the usual answer.
    """

    def __init__(self) -> None:
        self.disk: dict[str, dict[str, Any]] = {}
        self.memory: dict[str, dict[str, Any]] = {}
        self.known = {"tiny:latest", "tiny-embed:latest"}
        self.embedding = {"tiny-embed:latest"}
        self.log: list[tuple[str, Any]] = []
        self.overrides: dict[str, Callable[[Any], tuple[int, list[Any]] | None]] = {}
        self.parameters: dict[str, dict[str, Any]] = {}
        self.evicts = False
        self._server = QuietServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def requests(self, path: str) -> list[Any]:
        """The bodies of the requests to a path."""
        return [body for asked, body in self.log if asked.endswith(f" {path}")]

    def add(self, name: str, resident: str | None = None, context: int = DEFAULT_CONTEXT) -> None:
        self.disk[name] = {"name": name, "model": name, "digest": "d" * 64, "size": 645440}
        if resident is not None:
            self.memory[name] = dict(self.disk[name], expires_at=resident, context_length=context)

    def answer(self, method: str, path: str, body: Any) -> tuple[int, list[Any]]:
        self.log.append((f"{method} {path}", body))
        override = self.overrides.get(path)
        found = override(body) if override else None
        if found is not None:
            return found
        name = full(body["model"]) if isinstance(body, dict) and "model" in body else ""
        routes: dict[str, Callable[[], tuple[int, list[Any]]]] = {
            "GET /api/version": lambda: (200, [{"version": "0.32.15"}]),
            "GET /api/tags": lambda: (200, [{"models": list(self.disk.values())}]),
            "GET /api/ps": lambda: (200, [{"models": list(self.memory.values())}]),
            "POST /api/show": lambda: self._show(name),
            "POST /api/pull": lambda: self._pull(name),
            "POST /api/create": lambda: self._create(name, body),
            "POST /api/generate": lambda: self._generate(name, body),
            "POST /api/embed": lambda: self._embed(name, body),
            "DELETE /api/delete": lambda: self._delete(name),
        }
        return routes[f"{method} {path}"]()

    def _missing(self, name: str) -> tuple[int, list[Any]]:
        return 404, [{"error": f"model '{name}' not found"}]

    def _show(self, name: str) -> tuple[int, list[Any]]:
        if name not in self.disk:
            return self._missing(name)
        info = {"general.architecture": "llama", "llama.block_count": 2, "llama.context_length": TRAINED}
        lines = [f"{key:<30} {value}" for key, value in {"temperature": 0.5, **self.parameters.get(name, {})}.items()]
        return 200, [{"model_info": info, "parameters": "\n".join(lines), "capabilities": ["completion"]}]

    def _create(self, name: str, body: dict[str, Any]) -> tuple[int, list[Any]]:
        self.parameters.setdefault(name, {}).update(body["parameters"])
        self.disk[name] = dict(self.disk[full(body["from"])], digest="e" * 64)
        return 200, [{"status": "success"}]

    def _pull(self, name: str) -> tuple[int, list[Any]]:
        if name not in self.known:
            return 200, [{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}]
        self.add(name)
        layer = {"status": "pulling 292abd0cbb2f", "digest": "sha256:292abd0cbb2f", "total": 645440}
        return 200, [
            {"status": "pulling manifest"},
            layer,
            dict(layer, completed=645440),
            {"status": "verifying sha256 digest"},
            {"status": "writing manifest"},
            {"status": "success"},
        ]

    def _generate(self, name: str, body: dict[str, Any]) -> tuple[int, list[Any]]:
        if name not in self.disk:
            return self._missing(name)
        if body.get("keep_alive") == 0 and "prompt" not in body:
            self.memory.pop(name, None)
            return 200, [{"model": name, "response": "", "done": True, "done_reason": "unload"}]
        if name in self.embedding:
            return 400, [{"error": f'"{name}" does not support generate'}]
        self._load(name, body)
        if "prompt" in body:
            return 200, [{"response": "a", "done": False}, {"response": "", "done": True, "done_reason": "length"}]
        return 200, [{"model": name, "response": "", "done": True, "done_reason": "load"}]

    def _embed(self, name: str, body: dict[str, Any]) -> tuple[int, list[Any]]:
        self._load(name, body)
        return 200, [{"model": name, "embeddings": []}]

    def _load(self, name: str, body: dict[str, Any]) -> None:
        before = self.memory.get(name, {})
        wanted = body.get("options", {}).get("num_ctx") or self.parameters.get(name, {}).get("num_ctx", DEFAULT_CONTEXT)
        expires = {-1: FOREVER, None: before.get("expires_at", "2200-01-01T00:00:00Z")}
        keep = body.get("keep_alive")
        if not self.evicts:
            self.memory[name] = dict(
                self.disk[name],
                expires_at=expires.get(keep, f"until {keep}"),
                context_length=min(wanted, TRAINED),
            )

    def _delete(self, name: str) -> tuple[int, list[Any]]:
        if name not in self.disk:
            return self._missing(name)
        self.memory.pop(name, None)
        del self.disk[name]
        return 200, []

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                status, lines = fake.answer(self.command, self.path, body)
                payload = b"".join(
                    line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines
                )
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = do_DELETE = _answer

            def log_message(self, *_: Any) -> None:
                """The test's log is enough."""

        return Handler


def full(name: str) -> str:
    return name if ":" in name else f"{name}:latest"
