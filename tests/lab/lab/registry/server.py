"""Serves the tiny models as registry.ollama.ai does: manifests and blobs by digest, blobs by way of another host.

Ollama follows the redirect and asks there for ranges; a blob answered at once is an error to it.
"""

from __future__ import annotations

import argparse
import http.server
import json
import re
import socket
import ssl
import sys
import threading
from http import HTTPStatus
from pathlib import Path
from typing import Any

from lab.models.layout import blob_path, manifest_path

_NAME = r"[a-z0-9]+(?:[._-][a-z0-9]+)*"
_MANIFEST = re.compile(rf"/v2/(?P<namespace>{_NAME})/(?P<name>{_NAME})/manifests/(?P<tag>[\w][\w.-]{{0,127}})")
_BLOB = re.compile(rf"/v2/{_NAME}/{_NAME}/blobs/(?P<digest>sha256:[0-9a-f]{{64}})")
_CDN_BLOB = re.compile(r"/blobs/(?P<digest>sha256:[0-9a-f]{64})")
_RANGE = re.compile(r"bytes=(?P<first>\d+)-(?P<last>\d*)")
_MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "registry"
    # A handshake or a request that never comes must not hold a thread for ever.
    timeout = 60
    root: Path
    cdn: str

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def _answer(self) -> None:
        host = (self.headers.get("Host") or "").partition(":")[0]
        if host == self.cdn:
            self._answer_as_cdn()
        elif self.path in ("/v2", "/v2/"):
            self._send(HTTPStatus.OK, b"{}", "application/json")
        elif found := _MANIFEST.fullmatch(self.path):
            self._manifest(found["namespace"], found["name"], found["tag"])
        elif found := _BLOB.fullmatch(self.path):
            self._blob(found["digest"])
        else:
            self._error(HTTPStatus.NOT_FOUND, "NAME_UNKNOWN", "repository name not known to registry")

    def _manifest(self, namespace: str, name: str, tag: str) -> None:
        path = manifest_path(self.root, name, tag)
        if namespace != "library" or not path.is_file():
            self._error(HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN", "manifest unknown", {"name": name, "tag": tag})
            return
        self._send(HTTPStatus.OK, path.read_bytes(), _MANIFEST_TYPE)

    def _blob(self, digest: str) -> None:
        path = blob_path(self.root, digest)
        if not path.is_file():
            self._error(HTTPStatus.NOT_FOUND, "BLOB_UNKNOWN", "blob unknown to registry", {"digest": digest})
        elif self.command == "HEAD":
            self._send(HTTPStatus.OK, path.read_bytes(), "application/octet-stream")
        else:
            location = {"Location": f"https://{self.cdn}/blobs/{digest}"}
            self._send(HTTPStatus.TEMPORARY_REDIRECT, b"", "text/html", location)

    def _answer_as_cdn(self) -> None:
        found = _CDN_BLOB.fullmatch(self.path)
        path = blob_path(self.root, found["digest"]) if found else None
        if path is None or not path.is_file():
            self._send(HTTPStatus.NOT_FOUND, b"", "text/plain")
            return
        content = path.read_bytes()
        wanted = _RANGE.fullmatch(self.headers.get("Range") or "")
        if not wanted:
            self._send(HTTPStatus.OK, content, "application/octet-stream", {"Accept-Ranges": "bytes"})
            return
        first = int(wanted["first"])
        last = min(int(wanted["last"] or len(content)), len(content) - 1)
        if first > last:
            headers = {"Content-Range": f"bytes */{len(content)}"}
            self._send(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", "text/plain", headers)
            return
        headers = {"Content-Range": f"bytes {first}-{last}/{len(content)}", "Accept-Ranges": "bytes"}
        self._send(HTTPStatus.PARTIAL_CONTENT, content[first : last + 1], "application/octet-stream", headers)

    def _error(self, status: HTTPStatus, code: str, message: str, detail: dict[str, str] | None = None) -> None:
        error = {"code": code, "message": message, "detail": detail or {}}
        self._send(status, json.dumps({"errors": [error]}).encode(), "application/json; charset=utf-8")

    def _send(self, status: HTTPStatus, content: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: str, port: int, handler: type[Handler], tls: ssl.SSLContext | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._tls = tls
        super().__init__((address, port), handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake happens here, in the connection's own thread: a slow one holds up nobody else."""
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(Handler.timeout)
        with self._tls.wrap_socket(request, server_side=True) as connection:
            super().finish_request(connection, client_address)

    def handle_error(self, _request: Any, client_address: Any) -> None:
        """Clients break off downloads; that is a line in the log, not a traceback."""
        print(f"{client_address}: {sys.exc_info()[1]!r}", file=sys.stderr, flush=True)


def handler_for(root: Path, cdn: str) -> type[Handler]:
    return type("BoundHandler", (Handler,), {"root": root, "cdn": cdn})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="folder with manifests/ and blobs/")
    parser.add_argument("--certificate", type=Path, required=True, help="key and chain, as PEM")
    parser.add_argument("--cdn", required=True, help="host name that blobs are fetched from")
    parser.add_argument("addresses", nargs="+")
    arguments = parser.parse_args()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(arguments.certificate)
    handler = handler_for(arguments.root, arguments.cdn)
    servers = [Server(address, 443, handler, tls) for address in arguments.addresses]
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
