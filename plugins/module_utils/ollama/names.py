# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of models, by Ollama's rules: ``[host/][namespace/]model[:tag]``."""

from __future__ import annotations

import re
import typing as t

from ..command import ToolError

DEFAULT_HOST = "registry.ollama.ai"
DEFAULT_NAMESPACE = "library"
DEFAULT_TAG = "latest"
PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,79}")
HOST = re.compile(r"[A-Za-z0-9_\[][A-Za-z0-9_.\-:\[\]]{0,349}")


class ModelName(t.NamedTuple):
    """A full name."""

    scheme: str
    host: str
    namespace: str
    model: str
    tag: str

    @property
    def short(self) -> str:
        """As /api/tags and /api/ps show it: without what is default, but always with the tag."""
        name = f"{self.model}:{self.tag}"
        if (self.host, self.namespace) == (DEFAULT_HOST, DEFAULT_NAMESPACE):
            return name
        if self.host == DEFAULT_HOST:
            return f"{self.namespace}/{name}"
        return f"{self.host}/{self.namespace}/{name}"

    @property
    def manifest_url(self) -> str:
        return f"{self.scheme}://{self.host}/v2/{self.namespace}/{self.model}/manifests/{self.tag}"

    @property
    def manifest_path(self) -> str:
        """Below the folder of the models."""
        return f"manifests/{self.host}/{self.namespace}/{self.model}/{self.tag}"


def parse(name: str) -> ModelName:
    """Read a name, with or without its parts that have a default.

    >>> parse("tiny").short
    'tiny:latest'

    :raises ToolError: it is no name that Ollama would take
    """
    scheme, separator, rest = name.partition("://")
    if not separator:
        scheme, rest = "https", name
    # a colon before the last slash belongs to the host's port
    tagged = ":" in rest.rpartition("/")[2]
    path, tag = rest.rsplit(":", 1) if tagged else (rest, DEFAULT_TAG)
    parts = path.split("/")
    if len(parts) > 3:
        raise ToolError(f"{name!r} is no name of a model: it has more than host/namespace/model.")
    model = parts[-1]
    namespace = parts[-2] if len(parts) > 1 else DEFAULT_NAMESPACE
    host = parts[0] if len(parts) > 2 else DEFAULT_HOST
    right = HOST.fullmatch(host) and all(PART.fullmatch(part) for part in (namespace, model, tag))
    if scheme not in ("http", "https") or not right:
        raise ToolError(
            f"{name!r} is no name of a model; names look like llama3.2, qwen3:32b or host/namespace/model:tag."
        )
    return ModelName(scheme, host, namespace, model, tag)


def same(one: str, other: str) -> bool:
    """Do two names mean the same model? Ollama does not tell capitals apart."""
    return parse(one).short.lower() == parse(other).short.lower()
