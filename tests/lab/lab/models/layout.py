"""Where the files of a published model are."""

from __future__ import annotations

from pathlib import Path


def manifest_path(root: Path, name: str, tag: str) -> Path:
    return root / "manifests" / "library" / name / tag


def blob_path(root: Path, digest: str) -> Path:
    return root / "blobs" / digest.replace(":", "-")
