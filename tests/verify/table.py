"""What may be asked and what may not: the allowlist as a client sees it, written down again, apart from the role."""

from __future__ import annotations

import dataclasses

from .vantage import request

MODEL = "tiny"
# the lab's models are random and never end by themselves: every request says when to stop
CHAT = {"model": MODEL, "max_tokens": 4, "messages": [{"role": "user", "content": "hello"}]}
RESPONSES = {"model": MODEL, "max_output_tokens": 4, "input": "hello"}


@dataclasses.dataclass(frozen=True)
class Allowed:
    """A request that is answered with 200."""

    name: str
    method: str
    path: str
    body: object = None


@dataclasses.dataclass(frozen=True)
class Refused:
    """A request, as raw text, that never reaches Ollama.

    ``unparsable``: what is no HTTP/1.1 at all may also be met by a closed connection.
    """

    name: str
    raw: str
    dialect: str = "any"
    unparsable: bool = False


ALLOWED = [
    Allowed("models", "GET", "/v1/models"),
    Allowed("models, with the query of Claude Code", "GET", "/v1/models?limit=1000"),
    Allowed("one model", "GET", f"/v1/models/{MODEL}"),
    Allowed("one model, with its tag", "GET", f"/v1/models/{MODEL}:latest"),
    Allowed("chat", "POST", "/v1/chat/completions", CHAT),
    Allowed("responses", "POST", "/v1/responses", RESPONSES),
    Allowed("messages", "POST", "/v1/messages", CHAT),
    Allowed("messages, with the query of Claude Code", "POST", "/v1/messages?beta=true", CHAT),
    Allowed("version", "GET", "/api/version"),
    Allowed("tags", "GET", "/api/tags"),
    Allowed("show", "POST", "/api/show", {"model": MODEL}),
    Allowed("health", "GET", "/health"),
    Allowed("root", "GET", "/"),
    Allowed("root, as the ollama command asks", "HEAD", "/"),
]

BLOB = "/api/blobs/sha256:" + 64 * "0"


def blocked(method: str, path: str, body: object = None) -> Refused:
    """An endpoint that is served by Ollama or by others, or nearly one of the list, but not on the list."""
    dialect = "v1" if path.startswith("/v1") else "api" if path.startswith("/api") else "any"
    return Refused(f"{method} {path}", request(method, path, body), dialect)


def odd(name: str, raw: str) -> Refused:
    return Refused(name, raw)


def broken(name: str, raw: str) -> Refused:
    return Refused(name, raw, unparsable=True)


_CLOSE = "Host: maca:11434\r\nConnection: close\r\n"

REFUSED = [
    # Ollama's own dangerous or unlisted endpoints
    blocked("POST", "/api/pull", {"model": MODEL}),
    blocked("POST", "/api/push", {"model": MODEL}),
    blocked("DELETE", "/api/delete", {"model": MODEL}),
    blocked("POST", "/api/delete", {"model": MODEL}),
    blocked("POST", "/api/create", {"model": "x", "from": MODEL}),
    blocked("POST", "/api/copy", {"source": MODEL, "destination": "x"}),
    blocked("HEAD", BLOB),
    blocked("POST", BLOB, {}),
    blocked("POST", "/api/generate", {"model": MODEL, "prompt": "x", "options": {"num_predict": 1}}),
    blocked("POST", "/api/chat", {**CHAT, "options": {"num_predict": 1}}),
    blocked("GET", "/api/ps"),
    blocked("POST", "/api/embed", {"model": MODEL, "input": "x"}),
    blocked("POST", "/api/embeddings", {"model": MODEL, "prompt": "x"}),
    blocked("POST", "/v1/embeddings", {"model": MODEL, "input": "x"}),
    blocked("POST", "/v1/completions", {"model": MODEL, "prompt": "x", "max_tokens": 1}),
    blocked("POST", "/v1/audio/transcriptions", {}),
    blocked("POST", "/v1/images/generations", {}),
    blocked("GET", "/api/status"),
    blocked("POST", "/api/me", {}),
    blocked("POST", "/api/signout", {}),
    blocked("DELETE", "/api/user/keys/x"),
    blocked("POST", "/api/experimental/web_search", {}),
    blocked("POST", "/api/experimental/web_fetch", {}),
    blocked("GET", "/api/experimental/model-recommendations"),
    blocked("GET", "/debug/pprof/"),
    blocked("GET", "/debug/vars"),
    blocked("GET", "/metrics"),
    blocked("GET", "/stats"),
    # an allowed path with something behind it or before it
    blocked("POST", "/v1/messages/count_tokens", CHAT),
    blocked("POST", "/v1/messages/count_tokens?beta=true", CHAT),
    blocked("POST", "/v1/chat/completions_x", CHAT),
    blocked("POST", "/v1/chat/completions/", CHAT),
    blocked("POST", "/v1/chat", CHAT),
    blocked("POST", "/v1/responses/x", RESPONSES),
    blocked("POST", "/v1/responses/compact", RESPONSES),
    blocked("GET", "/v1/models/"),
    blocked("GET", f"/v1/models/library/{MODEL}"),
    blocked("GET", f"/v1/models/{MODEL}/x"),
    blocked("GET", "/v1/models_x"),
    blocked("GET", "/v1"),
    blocked("GET", "/v1/"),
    blocked("GET", "/api/tags/"),
    blocked("GET", "/api/tagsx"),
    blocked("GET", "/api/version/x"),
    blocked("POST", "/api/show/x", {"model": MODEL}),
    blocked("GET", "/health/x"),
    blocked("GET", "/healthz"),
    blocked("POST", "/x/v1/chat/completions", CHAT),
    # an allowed path by another method
    blocked("DELETE", f"/v1/models/{MODEL}"),
    blocked("POST", "/v1/models", {}),
    blocked("POST", f"/v1/models/{MODEL}", {}),
    blocked("GET", "/v1/chat/completions"),
    blocked("PUT", "/v1/chat/completions", CHAT),
    blocked("PATCH", "/v1/messages", CHAT),
    blocked("OPTIONS", "/v1/messages"),
    blocked("GET", "/v1/responses"),
    blocked("GET", "/api/show"),
    blocked("POST", "/api/tags", {}),
    blocked("POST", "/api/version", {}),
    blocked("DELETE", "/api/tags"),
    blocked("TRACE", "/v1/models"),
    blocked("POST", "/", {}),
    blocked("DELETE", "/"),
    blocked("POST", "/health", {}),
    odd("a method in small letters", request("get", "/v1/models")),
    odd("a method of its own making", request("FROB", "/v1/models")),
    # other spellings of a path
    odd("traversal out of an allowed path", request("POST", "/v1/messages/../../api/pull", {"model": MODEL})),
    odd("traversal out of a model", request("GET", "/v1/models/../../api/ps")),
    odd("a model called ..", request("GET", "/v1/models/..")),
    odd("a model called .", request("GET", "/v1/models/.")),
    odd("a dot segment", request("GET", "/v1/./models")),
    odd("encoded traversal", request("POST", "/v1/models/..%2f..%2fapi%2fpull", {"model": MODEL})),
    odd("encoded dots", request("GET", "/v1/models/%2e%2e/%2e%2e/api/ps")),
    odd("doubly encoded dots", request("GET", "/v1/models/%252e%252e/api/ps")),
    odd("an encoded letter", request("POST", "/api/pul%6c", {"model": MODEL})),
    odd("an allowed path, one letter encoded", request("GET", "/v1/model%73")),
    odd("an encoded NUL", request("GET", "/v1/models%00")),
    odd("an encoded slash", request("GET", "/v1%2fmodels")),
    odd("an overlong encoding", request("GET", "/v1/models/%c0%ae%c0%ae/x")),
    odd("a double slash before", request("POST", "//api/pull", {"model": MODEL})),
    odd("a double slash within", request("POST", "/v1//chat/completions", CHAT)),
    odd("a double slash after the model list", request("GET", "/v1/models//")),
    odd("a backslash", request("GET", "/v1/models/..\\..\\api\\ps")),
    odd("a path parameter", request("GET", "/v1/models;x=/api/ps")),
    odd("capital letters", request("GET", "/V1/Models")),
    odd("an asterisk", request("OPTIONS", "*")),
    odd("absolute form", request("GET", "http://127.0.0.1:11434/api/ps")),
    odd("absolute form of a closed endpoint", request("POST", "http://maca:11434/api/pull", {"model": MODEL})),
    odd(
        "an upgrade to a websocket",
        request(
            "GET",
            "/v1/responses",
            headers={
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            },
        ),
    ),
    odd(
        "an upgrade to HTTP/2, on a closed endpoint",
        request(
            "GET",
            "/api/ps",
            headers={"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"},
        ),
    ),
    odd("another path by a header", request("GET", "/api/ps", headers={"X-Original-URL": "/v1/models"})),
    odd("another method by a header", request("GET", "/api/pull", headers={"X-HTTP-Method-Override": "POST"})),
    # what is no HTTP/1.1
    broken("CONNECT", f"CONNECT 127.0.0.1:11434 HTTP/1.1\r\n{_CLOSE}\r\n"),
    broken("HTTP/0.9", "GET /api/ps\r\n"),
    broken("HTTP/0.9 on an allowed path", "GET /v1/models\r\n"),
    broken("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"),
    broken("HTTP/2.0 on a request line", f"GET /api/ps HTTP/2.0\r\n{_CLOSE}\r\n"),
    broken("HTTP/9.9 on a request line", f"GET /v1/models HTTP/9.9\r\n{_CLOSE}\r\n"),
    broken("a space within the path", f"GET /v1/models /api/ps HTTP/1.1\r\n{_CLOSE}\r\n"),
    broken("a NUL within the path", f"GET /v1/models\0 HTTP/1.1\r\n{_CLOSE}\r\n"),
    broken("a TLS greeting", "\x16\x03\x01\x00\x2e\x01\x00\x00\x2a\x03\x03" + 32 * "\0" + "\0\0\2\x13\1\1\0\r\n\r\n"),
    broken(
        "two lengths",
        f"POST /api/show HTTP/1.1\r\n{_CLOSE}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{{}}",
    ),
    broken("a header without a name", f"GET /v1/models HTTP/1.1\r\n{_CLOSE}: x\r\n\r\n"),
    broken("a folded header before the host", "GET /v1/models HTTP/1.1\r\n Host: x\r\n\r\n"),
]

# a request that hides a second one: whatever is made of the first, the second is judged too or never seen
SMUGGLED = [
    Refused(
        "a length beside chunks (CL.TE)",
        "POST /v1/chat/completions HTTP/1.1\r\nHost: maca:11434\r\nContent-Type: application/json\r\n"
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/ps HTTP/1.1\r\nHost: maca\r\n\r\n",
    ),
    Refused(
        "chunks by an odd name (TE.TE)",
        "POST /v1/chat/completions HTTP/1.1\r\nHost: maca:11434\r\nContent-Type: application/json\r\n"
        "Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /api/ps HTTP/1.1\r\nHost: maca\r\n\r\n",
    ),
    Refused(
        "a second request in the pipe",
        "GET /v1/models HTTP/1.1\r\nHost: maca:11434\r\n\r\n"
        "GET /api/ps HTTP/1.1\r\nHost: maca:11434\r\nConnection: close\r\n\r\n",
    ),
]
