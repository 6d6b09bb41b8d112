# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking a registry whether it has a model, without pulling it."""

from __future__ import annotations

import typing as t
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from .names import ModelName

# what Ollama asks for when it pulls
MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"
AT_ONCE = 8
# some registries turn away the name that urllib gives itself
HEADERS = {"Accept": MANIFEST_TYPE, "User-Agent": "remote_ollama.mac"}
# a registry says this of a model that is there but private, and some of one that is not there
REFUSALS = (401, 403)


class Answer(t.NamedTuple):
    """known: None where the registry could not be asked; detail says what it answered."""

    known: bool | None
    detail: str


def ask(name: ModelName, timeout: float) -> Answer:
    """Does the registry that the name points to have the model?"""
    request = urllib.request.Request(name.manifest_url, headers=HEADERS)  # noqa: S310 - parse() allows http and https only
    try:
        with urllib.request.build_opener().open(request, timeout=timeout) as response:
            return Answer(True, f"{name.host} has it (HTTP {response.status})")
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 404:
                return Answer(False, f"{name.host} has no {name.namespace}/{name.model}:{name.tag} (HTTP 404)")
            if error.code in REFUSALS:
                model = f"{name.namespace}/{name.model}:{name.tag}"
                detail = f"{name.host} does not tell without a login whether it has {model} (HTTP {error.code})"
                return Answer(None, detail)
            return Answer(None, f"{name.host} answered HTTP {error.code} {error.reason}")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        return Answer(None, f"{name.host} could not be asked: {reason}")


def ask_all(names: t.Sequence[ModelName], timeout: float) -> list[Answer]:
    """Ask about several models side by side."""
    if not names:
        return []
    with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(names))) as pool:
        return list(pool.map(lambda name: ask(name, timeout), names))
