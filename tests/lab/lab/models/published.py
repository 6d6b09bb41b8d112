"""The models as a registry holds them: blobs by digest, and a manifest that names the blobs of each model."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lab.models import chat, embedding
from lab.models.layout import blob_path, manifest_path
from lab.programs.cache import Recipe

_TEMPLATE = """{{- range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
# The weights never end an answer; a person who sets no limit must still get one.
_CHAT_PARAMETERS = {"num_predict": 64, "stop": ["<|im_start|>", "<|im_end|>"]}


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    family: str
    seed: int
    write: Callable[[Path, str, int], None]
    chats: bool


MODELS = (
    Model("tiny", "llama", 1, chat.write, chats=True),
    Model("tiny-two", "llama", 2, chat.write, chats=True),
    Model("tiny-embed", "bert", 3, embedding.write, chats=False),
)


def recipe() -> Recipe:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return Recipe(
        name="models",
        title=f"Make the tiny models {', '.join(model.name for model in MODELS)}",
        inputs=(*(path.read_bytes() for path in sources), version("gguf").encode(), version("numpy").encode()),
        build=_build,
    )


def _build(root: Path) -> None:
    (root / "blobs").mkdir()
    with tempfile.TemporaryDirectory(dir=root) as work:
        for model in MODELS:
            weights = Path(work) / f"{model.name}.gguf"
            model.write(weights, model.name, model.seed)
            _publish(root, model, weights.read_bytes())


def _publish(root: Path, model: Model, weights: bytes) -> None:
    def blob(content: bytes, kind: str) -> dict[str, Any]:
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        blob_path(root, digest).write_bytes(content)
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    layers = [blob(weights, "application/vnd.ollama.image.model")]
    if model.chats:
        layers.append(blob(_TEMPLATE.encode(), "application/vnd.ollama.image.template"))
        layers.append(blob(json.dumps(_CHAT_PARAMETERS).encode(), "application/vnd.ollama.image.params"))
    config = {
        "model_format": "gguf",
        "model_family": model.family,
        "model_families": [model.family],
        "model_type": f"{len(weights) // 2000}K",
        "file_type": "F16",
        "architecture": "amd64",
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": blob(json.dumps(config).encode(), "application/vnd.docker.container.image.v1+json"),
        "layers": layers,
    }
    path = manifest_path(root, model.name, "latest")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(manifest), encoding="utf-8")
