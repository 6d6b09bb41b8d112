# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loads models into Ollama's memory after a boot, and says on standard output how it went.

Apple's python3 runs it, so it keeps to the syntax of 3.9 and to the standard library. The exit status is 0 when every
model is in memory, 1 when one is not.
"""

from __future__ import annotations

import argparse
import json
import os
import stat
import sys
import time
import urllib.error
import urllib.request
from typing import Any

# Seconds between two looks at an Ollama that does not answer yet, or that has no room for a model yet.
PAUSE = 2.0


class NotYet(Exception):
    """Ollama cannot do it now, and may later."""


class Never(Exception):
    """Ollama refuses, and will refuse again."""


def say(text: str) -> None:
    """Write one line with the time to the log."""
    print(time.strftime("%Y-%m-%d %H:%M:%S"), text, flush=True)


def begin_log_anew() -> None:
    """Empty the log that launchd opened for standard output: the last boot is of interest, and so it cannot grow."""
    if stat.S_ISREG(os.fstat(1).st_mode):
        os.ftruncate(1, 0)


class Ollama:
    """The few requests that a warm-up needs."""

    def __init__(self, url: str, timeout: float) -> None:
        self.url = url
        self.timeout = timeout
        # The Mac's proxy settings are not for its own loopback.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer as a dict. Raises NotYet or Never."""
        data = None if body is None else json.dumps(body).encode()
        # The role gives the URL, and it is http always.
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})  # noqa: S310
        try:
            with self.opener.open(request, timeout=self.timeout) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            text = error.read().decode(errors="replace").strip()
            if error.code >= 500:
                raise NotYet(f"{error.code} {text}") from error
            raise Never(f"{error.code} {text}") from error
        except (OSError, ValueError) as error:
            raise NotYet(str(error)) from error

    def load(self, model: dict[str, Any], keep_alive: str) -> None:
        """Have the model in memory for as long as keep_alive says. Raises NotYet or Never."""
        value = str(model.get("keep_alive") or keep_alive)
        # No options: a client's request has none, so Ollama would load the model anew for it.
        body = {"model": model["name"], "keep_alive": whole_number(value)}
        try:
            self.ask("/api/generate", body)
        except Never as refusal:
            # An embedding model is loaded by its own route only.
            if "does not support generate" not in str(refusal):
                raise
            self.ask("/api/embed", body)


def whole_number(text: str) -> int | str:
    """Ollama reads a number as seconds, and a text as a duration with a unit."""
    try:
        return int(text)
    except ValueError:
        return text


def wait_for(ollama: Ollama, seconds: float) -> bool:
    """Whether Ollama answered within so many seconds."""
    deadline = time.monotonic() + seconds
    said = False
    while True:
        try:
            say(f"Ollama {ollama.ask('/api/version').get('version')} answers at {ollama.url}")
            return True
        except (NotYet, Never) as reason:
            if time.monotonic() >= deadline:
                say(f"Ollama did not answer at {ollama.url} within {seconds:g} s: {reason}")
                return False
            if not said:
                say(f"waiting for Ollama at {ollama.url}: {reason}")
                said = True
        time.sleep(PAUSE)


def load(ollama: Ollama, model: dict[str, Any], keep_alive: str, seconds: float) -> bool:
    """Whether the model got into memory within so many seconds."""
    name = model["name"]
    begin = time.monotonic()
    say(f"{name}: loading")
    while True:
        try:
            ollama.load(model, keep_alive)
            say(f"{name}: in memory after {time.monotonic() - begin:.1f} s")
            return True
        except Never as reason:
            say(f"{name}: refused: {reason}")
            return False
        except NotYet as reason:
            if time.monotonic() - begin >= seconds:
                say(f"{name}: not in memory after {seconds:g} s: {reason}")
                return False
        time.sleep(PAUSE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="where Ollama answers")
    parser.add_argument("--keep-alive", default="-1", help="how long a model stays: a duration, or -1 for ever")
    parser.add_argument("--timeout", type=float, default=900, help="seconds that one model may take")
    parser.add_argument("--wait", type=float, default=600, help="seconds to wait for Ollama")
    parser.add_argument("models", type=json.loads, help='JSON: [{"name": "qwen3:32b", "keep_alive": "24h"}]')
    options = parser.parse_args()
    begin_log_anew()
    ollama = Ollama(options.url, options.timeout)
    if not wait_for(ollama, options.wait):
        return 1
    loaded = [load(ollama, model, options.keep_alive, options.timeout) for model in options.models]
    say(f"{sum(loaded)} of {len(loaded)} models in memory")
    return 0 if all(loaded) else 1


if __name__ == "__main__":
    sys.exit(main())
