# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models in Ollama's folder, read without Ollama."""

from __future__ import annotations

import json
import os

from .names import ModelName


def complete(models_dir: str, name: ModelName) -> bool:
    """Is the model there, manifest and all its layers? A pull that was cut short leaves no manifest."""
    try:
        with open(os.path.join(models_dir, name.manifest_path), "rb") as file:
            manifest = json.load(file)
        layers = [manifest["config"], *manifest["layers"]]
        blobs = [str(layer["digest"]).replace(":", "-") for layer in layers]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return all(os.path.isfile(os.path.join(models_dir, "blobs", blob)) for blob in blobs)
