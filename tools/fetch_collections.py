"""Put the collections of requirements/collections.yml into a folder: from Galaxy, else out of a wheel of them all.

Usage: fetch_collections.py DESTINATION, the folder that will hold ansible_collections/. What is there in the pinned
version stays. Run by tools/prepare with the venv's own Python.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
# Galaxy answers in a second or two where it can be reached; where it cannot, the wheel is not worth a long wait.
GALAXY_SECONDS = 45


def pinned() -> dict[str, str]:
    """Name to version, read without a YAML library of its own: the file is a flat list of name and version."""
    text = (REQUIREMENTS / "collections.yml").read_text(encoding="utf-8")
    return dict(re.findall(r"- name: (\S+)\s+version: (\S+)", text))


def installed_version(destination: Path, name: str) -> str | None:
    manifest = destination.joinpath("ansible_collections", *name.split("."), "MANIFEST.json")
    if not manifest.is_file():
        return None
    version: str = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]
    return version


def missing(destination: Path) -> dict[str, str]:
    return {name: version for name, version in pinned().items() if installed_version(destination, name) != version}


def from_galaxy(destination: Path) -> bool:
    """Whether Galaxy gave them all; its complaint is shown, because the wheel is only the second choice."""
    galaxy = Path(sys.executable).with_name("ansible-galaxy")
    command = [str(galaxy), "collection", "install", "--force", "--no-deps", "--timeout", "8"]
    command += ["--requirements-file", str(REQUIREMENTS / "collections.yml"), "--collections-path", str(destination)]
    try:
        done = subprocess.run(command, timeout=GALAXY_SECONDS, capture_output=True, text=True)
    except subprocess.TimeoutExpired:
        print(f"  Galaxy gave no answer in {GALAXY_SECONDS} s", flush=True)
        return False
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        print(f"  Galaxy cannot be used: {lines[-1] if lines else f'exit status {done.returncode}'}", flush=True)
    return done.returncode == 0


def from_wheel(destination: Path, names: list[str]) -> None:
    wheel_requirement = (REQUIREMENTS / "collections-wheel.txt").read_text(encoding="utf-8").split("#")[0].strip()
    print(f"  unpacking {', '.join(names)} from the wheel {wheel_requirement}", flush=True)
    with tempfile.TemporaryDirectory(dir=destination) as temporary:
        scratch = Path(temporary)
        # The wheel asks for a newer Python than the venv's may be; its collections are files and run on either.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        command += ["--python-version", "3.12", "--dest", str(scratch), wheel_requirement]
        subprocess.run(command, check=True)
        (wheel,) = scratch.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            folders = tuple("/".join(["ansible_collections", *name.split("."), ""]) for name in names)
            archive.extractall(scratch, [member for member in archive.namelist() if member.startswith(folders)])
        for name in names:
            target = destination.joinpath("ansible_collections", *name.split("."))
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            scratch.joinpath("ansible_collections", *name.split(".")).rename(target)


def main() -> None:
    destination = Path(sys.argv[1]).resolve()
    destination.mkdir(parents=True, exist_ok=True)
    if missing(destination) and not from_galaxy(destination):
        from_wheel(destination, list(missing(destination)))
    if left := missing(destination):
        sys.exit(f"fetch_collections: still not in {destination}: " + ", ".join(f"{n} {v}" for n, v in left.items()))


if __name__ == "__main__":
    main()
