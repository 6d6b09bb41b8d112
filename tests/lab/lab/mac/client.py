"""The one way to speak to a simulated Mac's launchd: a JSON line each way over a unix socket."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

SOCKET = "/var/run/launchd.sock"


class LaunchdUnreachable(Exception):
    """Nobody answers at the socket: the Mac is off, or launchd died."""


def request(sock_path: str, message: dict[str, Any], timeout: float = 60.0) -> dict[str, Any]:
    """Sends one request and returns the answer.

    Who asks is told by the kernel (SO_PEERCRED), never by the message. Raises LaunchdUnreachable.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as connection:
        connection.settimeout(timeout)
        try:
            _connect(connection, sock_path)
            connection.sendall(json.dumps(message).encode() + b"\n")
            chunks = []
            while chunk := connection.recv(65536):
                chunks.append(chunk)
        except OSError as error:
            raise LaunchdUnreachable(f"{sock_path}: {error}") from error
    answer = b"".join(chunks)
    if not answer:
        raise LaunchdUnreachable(f"{sock_path}: closed without an answer")
    decoded: dict[str, Any] = json.loads(answer)
    return decoded


def _connect(connection: socket.socket, sock_path: str) -> None:
    """A path reached through /proc/<pid>/root can be longer than a socket address may be."""
    if len(os.fsencode(sock_path)) < 100:
        connection.connect(sock_path)
        return
    directory = os.open(os.path.dirname(sock_path), os.O_PATH | os.O_DIRECTORY)
    try:
        connection.connect(f"/proc/self/fd/{directory}/{os.path.basename(sock_path)}")
    finally:
        os.close(directory)
