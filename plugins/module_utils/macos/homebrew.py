# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Homebrew has, read from its folders: brew itself takes a second a call and refuses root."""

from __future__ import annotations

import os
import pwd
import typing as t

# where Homebrew lives on Apple silicon, and on Intel
PREFIXES = ("/opt/homebrew", "/usr/local")


class Homebrew(t.NamedTuple):
    """An installation; ``owner`` is the account that may install with it."""

    prefix: str
    brew: str
    owner: str


class Keg(t.NamedTuple):
    """The version of a formula that is linked, and its folder below Cellar."""

    version: str
    path: str


def find(prefixes: t.Iterable[str] = PREFIXES) -> Homebrew | None:
    for prefix in prefixes:
        brew = os.path.join(prefix, "bin", "brew")
        if os.access(brew, os.X_OK):
            return Homebrew(prefix, brew, _owner(prefix))
    return None


def kegs(prefix: str) -> dict[str, Keg]:
    """Formula -> its keg, by the links in ``opt``. A link whose keg is gone is left out."""
    folder = os.path.join(prefix, "opt")
    found: dict[str, Keg] = {}
    for formula in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        path = os.path.realpath(os.path.join(folder, formula))
        if os.path.isdir(path) and os.path.basename(os.path.dirname(os.path.dirname(path))) == "Cellar":
            found[formula] = Keg(os.path.basename(path), path)
    return found


def _owner(prefix: str) -> str:
    """On Intel the prefix itself belongs to root, so it is the folder of the kegs that tells."""
    cellar = os.path.join(prefix, "Cellar")
    uid = os.stat(cellar if os.path.isdir(cellar) else prefix).st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
