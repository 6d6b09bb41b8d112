"""HAProxy of the line that Homebrew has, with the libraries it was linked against, in a folder of its own.

Debian's stable release is years behind brew's formula, so both come from Debian's next one. Its versions move on: what
was found is told in the file VERSION. Brew's build has no Lua and this one has; no configuration of ours may use it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from lab.command import run
from lab.errors import CommandFailed, LabError
from lab.programs import debian, wheels
from lab.programs.cache import Recipe

# Where a simulated Mac has it: the path of the loader is written into the program.
PLACE = Path("/.lab/programs/haproxy")

# Where a new line comes first, then where it goes.
_SUITES = ("experimental", "sid")
_LINE = (3, 4)
_LIBRARIES = (
    "libc6", "libcrypt1", "libgcc-s1", "libjemalloc2", "liblua5.4-0",
    "libopentracing-c-wrapper0t64", "libopentracing1", "libpcre2-8-0", "libssl3t64", "libstdc++6", "libzstd1", "zlib1g",
)  # fmt: skip


def recipe() -> Recipe:
    return Recipe(
        name="haproxy",
        title="Unpack HAProxy of the line that Homebrew has",
        inputs=(
            Path(__file__).read_bytes(),
            Path(debian.__file__).read_bytes(),
            wheels.requirements("haproxy").read_bytes(),
        ),
        build=_build,
    )


def _build(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".haproxy-parts-") as parts_name:
        parts = Path(parts_name)
        unpacked = parts / "unpacked"
        for package in _download(parts):
            run(["dpkg-deb", "--extract", str(package), str(unpacked)])
        tools = parts / "tools"
        wheels.install("haproxy", tools)
        libraries, programs = folder / "lib", folder / "bin"
        libraries.mkdir()
        programs.mkdir()
        for path in sorted(unpacked.rglob("*.so*")):
            if path.is_file() and ("lib" in path.parts):
                shutil.copy(path, libraries / path.name)
        binary = programs / "haproxy"
        shutil.copy(_one(unpacked.glob("usr/sbin/haproxy")), binary)
        loader = _one(libraries.glob("ld-linux*.so.*"))
        loader.chmod(0o755)
        said = run([str(loader), "--library-path", str(libraries), str(binary), "-v"]).stdout
        # Without --force-rpath the libraries' own needs are looked up in the machine's libraries, which are older.
        run(
            [str(tools / "bin" / "patchelf"), "--set-interpreter", str(PLACE / "lib" / loader.name),
             "--force-rpath", "--set-rpath", str(PLACE / "lib"), str(binary)],
        )  # fmt: skip
    version = re.search(r"version (\d+\.\d+\.\d+)", said)
    if not version:
        raise LabError(f"haproxy -v says no version: {said}")
    (folder / "VERSION").write_text(version[1] + "\n", encoding="utf-8")


def _download(parts: Path) -> list[Path]:
    """The packages, HAProxy's of the first release that has it of the line that is looked for."""
    reasons = []
    for suite in _SUITES:
        folder = parts / suite
        folder.mkdir()
        try:
            packages = debian.download((f"haproxy/{suite}", *_LIBRARIES), _SUITES, folder)
        except CommandFailed as error:
            reasons.append(str(error))
            continue
        package = _one(path for path in packages if path.name.startswith("haproxy_"))
        version = run(["dpkg-deb", "--field", str(package), "Version"]).stdout.strip()
        if is_of_the_line(version):
            return packages
        reasons.append(f"haproxy of {suite} is {version}")
    wanted = ".".join(map(str, _LINE))
    raise LabError("\n".join([f"no HAProxy {wanted} or newer in Debian's archive", *reasons]))


def is_of_the_line(version: str) -> bool:
    found = re.match(r"(?:\d+:)?(\d+)\.(\d+)", version)
    return found is not None and (int(found[1]), int(found[2])) >= _LINE


def _one(paths: Iterable[Path]) -> Path:
    found = sorted(paths)
    if len(found) != 1:
        raise LabError(f"the packages hold {len(found)} candidates where one was looked for: {found}")
    return found[0]
