"""Sends raw bytes from wherever it is run and says what came back. Standard library only.

    lab exec client -- python3 probe.py < attempts.json

Standard input is a JSON list of attempts, standard output a JSON list of findings in the same order. All attempts
run side by side, so that twenty that time out take as long as one.

An attempt: ``address`` (name or literal), ``port``, ``send`` (latin-1 text, may be empty), ``timeout`` (seconds, for
the connection and for the answer each), optionally ``source`` (local address to send from).
A finding: ``how``, ``received`` (latin-1 text), ``error`` (text of the system). Nobody took the connection when ``how``
is ``silent`` (no answer to it at all), ``refused`` or ``unreachable``. Somebody took it when it is ``answered``,
``closed`` (ended without a byte) or ``mute`` (held open without a byte): such a port is open.
"""

from __future__ import annotations

import concurrent.futures
import errno
import json
import re
import socket
import sys
import time
from typing import Any

SIDE_BY_SIDE = 32
UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM, errno.EINVAL}


def complete(received: bytes) -> bool:
    """Whether ``received`` is a whole HTTP answer, so that a kept connection need not be waited for."""
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return False
    status = re.match(rb"HTTP/1\.[01] (\d{3})", head)
    if status and status[1] in (b"204", b"304"):
        return True
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    if length:
        return len(body) >= int(length[1])
    if re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head):
        return body.endswith(b"0\r\n\r\n")
    return False


def answer_of(connection: socket.socket, head_only: bool, deadline: float) -> tuple[str, bytes]:
    received = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return ("answered" if received else "mute"), received
        connection.settimeout(left)
        try:
            more = connection.recv(65536)
        except TimeoutError:
            continue
        except ConnectionError:
            more = b""
        received += more
        if not more:
            return ("answered" if received else "closed"), received
        if complete(received) or (head_only and b"\r\n\r\n" in received):
            return "answered", received


def attempt(asked: dict[str, Any]) -> dict[str, str]:
    timeout = float(asked["timeout"])
    send = str(asked["send"]).encode("latin-1")
    source = (asked["source"], 0) if asked.get("source") else None
    try:
        connection = socket.create_connection((asked["address"], asked["port"]), timeout, source)
    except TimeoutError as error:
        return {"how": "silent", "received": "", "error": str(error)}
    except ConnectionError as error:
        return {"how": "refused", "received": "", "error": str(error)}
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno in UNREACHABLE:
            return {"how": "unreachable", "received": "", "error": str(error)}
        raise
    with connection:
        connection.settimeout(timeout)
        try:
            connection.sendall(send)
        except ConnectionError as error:
            return {"how": "closed", "received": "", "error": str(error)}
        how, received = answer_of(connection, send.startswith(b"HEAD "), time.monotonic() + timeout)
        return {"how": how, "received": received.decode("latin-1"), "error": ""}


def main() -> None:
    attempts = json.load(sys.stdin)
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        json.dump(list(pool.map(attempt, attempts)), sys.stdout)


if __name__ == "__main__":
    main()
