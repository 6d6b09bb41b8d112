"""A folder of built things, each named after the content of what it was built from."""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError
from lab.progress import Progress


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How one thing is built. ``inputs`` is all that the result depends on; ``build`` fills the folder it is given."""

    name: str
    title: str
    inputs: tuple[bytes, ...]
    build: Callable[[Path], None]

    @property
    def key(self) -> str:
        digest = hashlib.sha256()
        for part in (platform.machine().encode(), *self.inputs):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.hexdigest()[:16]


class Cache:
    """Built things under ``root``/programs. Two clones may build at once: the second waits for the first."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "programs"

    def path(self, recipe: Recipe) -> Path:
        return self.folder / f"{recipe.name}-{recipe.key}"

    def has(self, recipe: Recipe) -> bool:
        return self.path(recipe).is_dir()

    def ensure(self, recipe: Recipe, progress: Progress) -> Path:
        """The folder of what ``recipe`` makes, built now if it never was. It appears whole or not at all."""
        path = self.path(recipe)
        if path.is_dir():
            return path
        with self._alone(recipe.name):
            if path.is_dir():
                return path
            for left_by_a_killed_build in self.folder.glob(f".{recipe.name}-*"):
                if left_by_a_killed_build.is_dir():
                    shutil.rmtree(left_by_a_killed_build)
            work = Path(tempfile.mkdtemp(dir=self.folder, prefix=f".{recipe.name}-"))
            try:
                with progress.step(recipe.title):
                    recipe.build(work)
                work.chmod(0o755)
                work.rename(path)
            except LabError as error:
                shutil.rmtree(work)
                raise LabError(f"{recipe.title}: {error}") from error
        return path

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / f".{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
