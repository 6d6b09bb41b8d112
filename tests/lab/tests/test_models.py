from __future__ import annotations

import hashlib
import json
from pathlib import Path

import gguf
import pytest
from lab.models import chat, embedding, published
from lab.models.layout import blob_path, manifest_path


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("registry")
    published.recipe().build(root)
    return root


def test_a_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        chat.write(tmp_path / name, "model", seed)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


@pytest.mark.parametrize("vocabulary", [chat.vocabulary, embedding.vocabulary])
def test_no_piece_twice(vocabulary: object) -> None:
    assert callable(vocabulary)
    pieces, kinds = vocabulary()
    assert len(pieces) == len(kinds) == len(set(pieces))


def test_the_embedding_model_says_that_it_embeds(tmp_path: Path) -> None:
    embedding.write(tmp_path / "model", "model", 1)
    fields = gguf.GGUFReader(tmp_path / "model").fields
    assert fields["general.architecture"].contents() == "bert"
    assert fields["bert.pooling_type"].contents() == gguf.PoolingType.MEAN


@pytest.mark.parametrize("name", ["tiny", "tiny-two", "tiny-embed"])
def test_a_manifest_names_blobs_that_are_there(registry: Path, name: str) -> None:
    manifest = json.loads(manifest_path(registry, name, "latest").read_text())
    for part in (manifest["config"], *manifest["layers"]):
        content = blob_path(registry, part["digest"]).read_bytes()
        assert len(content) == part["size"]
        assert part["digest"] == "sha256:" + hashlib.sha256(content).hexdigest()


def test_the_two_chat_models_differ(registry: Path) -> None:
    manifests = [json.loads(manifest_path(registry, name, "latest").read_text()) for name in ("tiny", "tiny-two")]
    assert manifests[0]["layers"][0]["digest"] != manifests[1]["layers"][0]["digest"]


def test_an_answer_without_a_limit_ends(registry: Path) -> None:
    manifest = json.loads(manifest_path(registry, "tiny", "latest").read_text())
    layer = next(layer for layer in manifest["layers"] if layer["mediaType"].endswith(".params"))
    assert json.loads(blob_path(registry, layer["digest"]).read_text())["num_predict"] > 0
