from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.models.layout import blob_path, manifest_path
from lab.registry.server import Server, handler_for

DIGEST = "sha256:" + "a" * 64
CONTENT = bytes(range(100))


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    manifest = manifest_path(tmp_path, "tiny", "latest")
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"schemaVersion": 2}')
    blob = blob_path(tmp_path, DIGEST)
    blob.parent.mkdir()
    blob.write_bytes(CONTENT)
    server = Server("127.0.0.1", 0, handler_for(tmp_path, "cdn.lab"), tls=None)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def ask(port: int, method: str, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, headers={"Host": "registry.ollama.ai", **headers})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_a_manifest(port: int) -> None:
    response, body = ask(port, "GET", "/v2/library/tiny/manifests/latest")
    assert response.status == 200
    assert json.loads(body) == {"schemaVersion": 2}


@pytest.mark.parametrize("path", ["/v2/library/none/manifests/latest", "/v2/library/tiny/manifests/v2"])
def test_an_unknown_model_in_the_registry_s_own_words(port: int, path: str) -> None:
    response, body = ask(port, "GET", path)
    assert response.status == 404
    assert json.loads(body)["errors"][0]["code"] == "MANIFEST_UNKNOWN"


def test_nothing_outside_of_its_folders(port: int) -> None:
    assert ask(port, "GET", "/v2/library/../manifests/latest")[0].status == 404
    assert ask(port, "GET", "/v2/library/tiny/blobs/sha256:../../manifests")[0].status == 404


def test_head_tells_a_blob_s_size(port: int) -> None:
    response, body = ask(port, "HEAD", f"/v2/library/tiny/blobs/{DIGEST}")
    assert (response.status, response.headers["Content-Length"], body) == (200, "100", b"")


def test_a_blob_is_fetched_elsewhere(port: int) -> None:
    response, _ = ask(port, "GET", f"/v2/library/tiny/blobs/{DIGEST}")
    assert (response.status, response.headers["Location"]) == (307, f"https://cdn.lab/blobs/{DIGEST}")


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [("bytes=0-9", 206, CONTENT[:10]), ("bytes=90-", 206, CONTENT[90:]), ("bytes=95-500", 206, CONTENT[95:])],
)
def test_ranges(port: int, wanted: str, status: int, content: bytes) -> None:
    response, body = ask(port, "GET", f"/blobs/{DIGEST}", Host="cdn.lab", Range=wanted)
    assert (response.status, body) == (status, content)


def test_a_range_behind_the_end(port: int) -> None:
    response, _ = ask(port, "GET", f"/blobs/{DIGEST}", Host="cdn.lab", Range="bytes=100-")
    assert (response.status, response.headers["Content-Range"]) == (416, "bytes */100")


def test_the_whole_blob(port: int) -> None:
    assert ask(port, "GET", f"/blobs/{DIGEST}", Host="cdn.lab")[1] == CONTENT
    assert ask(port, "GET", f"/blobs/sha256:{'b' * 64}", Host="cdn.lab")[0].status == 404
