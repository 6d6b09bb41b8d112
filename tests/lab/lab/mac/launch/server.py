"""The socket that launchctl, the other tools and the lab speak to."""

from __future__ import annotations

import json
import os
import socket
import struct
from typing import Any

from lab.mac.launch.core import Launchd

MAXIMUM_REQUEST = 1 << 20


class Server:
    def __init__(self, launchd: Launchd, path: str) -> None:
        self._launchd = launchd
        if os.path.exists(path):
            os.unlink(path)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._listener.bind(path)
        os.chmod(path, 0o666)  # noqa: S103  (everybody may ask; what they may do is decided for each request)
        self._listener.listen(64)
        launchd.loop.watch(self._listener, self._accept)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        _Connection(self._launchd, connection)


class _Connection:
    def __init__(self, launchd: Launchd, connection: socket.socket) -> None:
        self._launchd = launchd
        self._connection = connection
        self._received = b""
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        _pid, self._uid, _gid = struct.unpack("3i", credentials)
        launchd.loop.watch(connection, self._read)

    def _read(self) -> None:
        try:
            chunk = self._connection.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            chunk = b""
        self._received += chunk
        if b"\n" in self._received:
            self._launchd.loop.forget(self._connection)
            self._dispatch(self._received.partition(b"\n")[0])
        elif not chunk or len(self._received) > MAXIMUM_REQUEST:
            self._launchd.loop.forget(self._connection)
            self._connection.close()

    def _dispatch(self, line: bytes) -> None:
        try:
            request = json.loads(line)
        except ValueError:
            request = {}
        self._launchd.handle(request, self._uid, self._reply)

    def _reply(self, answer: dict[str, Any]) -> None:
        """The answer is small or the asker reads it at once, so blocking for a moment is safe."""
        try:
            self._connection.settimeout(5)
            self._connection.sendall(json.dumps(answer).encode())
        except OSError as error:
            self._launchd.log(f"an answer could not be delivered: {error}")
        finally:
            self._connection.close()
