"""brew."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

from lab.mac import unknown
from lab.mac.homebrew.cellar import PREFIX, Cellar
from lab.mac.homebrew.formulae import TAP, Formula, find

VERSION = "5.1.14"
_ROOT = """Error: Running Homebrew as root is extremely dangerous and no longer supported.
As Homebrew does not drop privileges on installation you would be giving all
build scripts full access to your system."""
_HARMLESS = {"--formula", "--formulae", "--quiet", "-q", "--verbose", "-v", "--no-ask", "--yes", "-y", "--force", "-f",
             "--force-bottle", "--skip-post-install", "--no-quarantine"}  # fmt: skip


def main(arguments: list[str]) -> int:
    if not arguments:
        print("Example usage:\n  brew info [FORMULA|CASK...]\n  brew install FORMULA|CASK...", file=sys.stderr)
        return 1
    verb, rest = arguments[0], arguments[1:]
    if os.geteuid() == 0 and verb not in ("--prefix", "services"):
        print(_ROOT, file=sys.stderr)
        return 1
    verbs: dict[str, Callable[[list[str]], int]] = {
        "--cellar": _cellar,
        "--prefix": _prefix,
        "--version": _version,
        "-v": _version,
        "info": _info,
        "install": _install,
        "link": _link,
        "list": _list,
        "ls": _list,
        "outdated": _outdated,
        "tap": _tap,
        "uninstall": _uninstall,
        "remove": _uninstall,
        "rm": _uninstall,
        "unlink": _unlink,
        "update": _update,
        "upgrade": _upgrade,
    }
    if verb not in verbs:
        unknown.refuse("brew", " ".join(arguments))
    return verbs[verb](rest)


def _names(verb: str, arguments: list[str], *also: str) -> list[str]:
    """The formulae of a command line; a flag that changes what would happen is refused."""
    for argument in arguments:
        if argument.startswith("-") and argument not in _HARMLESS and argument not in also:
            unknown.refuse("brew", f"{verb} {' '.join(arguments)}")
    return [argument for argument in arguments if not argument.startswith("-")]


def _no_formula(name: str) -> int:
    print(f'Error: No available formula with the name "{name}".', file=sys.stderr)
    return 1


def _not_installed(cellar: Cellar, name: str) -> int:
    print(f"Error: No such keg: {cellar.prefix}/Cellar/{name}", file=sys.stderr)
    return 1


def _prefix(arguments: list[str]) -> int:
    if not arguments:
        print(PREFIX)
        return 0
    for name in _names("--prefix", arguments):
        if find(name) is None:
            return _no_formula(name)
        print(PREFIX / "opt" / name)
    return 0


def _cellar(arguments: list[str]) -> int:
    print("\n".join(str(PREFIX / "Cellar" / name) for name in _names("--cellar", arguments)) or PREFIX / "Cellar")
    return 0


def _version(_arguments: list[str]) -> int:
    print(f"Homebrew {VERSION}")
    return 0


def _update(arguments: list[str]) -> int:
    _names("update", arguments, "--auto-update", "--merge")
    print("Already up-to-date.")
    return 0


def _tap(arguments: list[str]) -> int:
    if arguments:
        unknown.refuse("brew", f"tap {' '.join(arguments)}")
    return 0


def _list(arguments: list[str]) -> int:
    cellar = Cellar()
    names = _names("list", arguments, "--versions", "-1", "--full-name", "--cask", "--casks")
    if "--cask" in arguments or "--casks" in arguments:
        for name in names:
            print(f"Error: Cask '{name}' is not installed.", file=sys.stderr)
        return 1 if names else 0
    if "--versions" in arguments:
        missing = 0
        for name in names or cellar.names():
            if versions := cellar.versions(name):
                print(f"{name} {' '.join(versions)}")
            else:
                missing = 1
        return missing
    if not names:
        print("".join(f"{name}\n" for name in cellar.names()), end="")
        return 0
    for name in names:
        version = cellar.linked(name)
        if version is None:
            return _not_installed(cellar, name)
        keg = cellar.keg(name, version)
        print("".join(f"{path}\n" for path in sorted(keg.rglob("*")) if path.is_file()), end="")
    return 0


def _install(arguments: list[str]) -> int:
    cellar = Cellar()
    wanted = []
    for name in _names("install", arguments):
        formula = find(name)
        if formula is None:
            return _no_formula(name)
        wanted.append(formula)
    for formula in wanted:
        stable = formula.stable()
        installed = cellar.versions(formula.name)
        if stable in installed:
            if cellar.linked(formula.name) is None:
                cellar.link(formula, stable)
            print(f"Warning: {formula.name} {stable} is already installed and up-to-date.", file=sys.stderr)
            print(f"To reinstall {stable}, run:\n  brew reinstall {formula.name}", file=sys.stderr)
        elif installed and os.environ.get("HOMEBREW_NO_INSTALL_UPGRADE"):
            print(f"Warning: {formula.name} {installed[-1]} is already installed and outdated.", file=sys.stderr)
            print(f"To upgrade to {stable}, run:\n  brew upgrade {formula.name}", file=sys.stderr)
        else:
            if installed:
                print(f"{formula.name} {installed[-1]} is already installed but outdated (so it will be upgraded).")
            _pour(cellar, formula, stable, installed)
    return 0


def _pour(cellar: Cellar, formula: Formula, version: str, installed: list[str]) -> None:
    print(f"==> Fetching downloads for: {formula.name}")
    if installed:
        print(f"==> Upgrading {formula.name}\n  {installed[-1]} -> {version}")
    print(f"==> Pouring {formula.name}--{version}.arm64_tahoe.bottle.tar.gz")
    keg = cellar.install(formula, version)
    size = sum(path.stat().st_size for path in keg.rglob("*") if path.is_file())
    print(f"🍺  {keg}: {sum(path.is_file() for path in keg.rglob('*'))} files, {size / 1000:.1f}KB")
    if installed and not os.environ.get("HOMEBREW_NO_INSTALL_CLEANUP"):
        print(f"==> Running `brew cleanup {formula.name}`...")
        for old in installed:
            print(f"Removing: {cellar.keg(formula.name, old)}...")
        cellar.remove(formula, installed)


def _upgrade(arguments: list[str]) -> int:
    cellar = Cellar()
    names = _names("upgrade", arguments) or cellar.names()
    for name in names:
        formula = find(name)
        if formula is None:
            return _no_formula(name)
        installed, stable = cellar.versions(formula.name), formula.stable()
        if not installed:
            print(f"Error: {formula.name} not installed", file=sys.stderr)
            return 1
        if stable in installed:
            if arguments:
                print(f"Warning: {formula.name} {stable} already installed", file=sys.stderr)
            continue
        print("==> Upgrading 1 outdated package:")
        print(f"{formula.name} {installed[-1]} -> {stable}")
        _pour(cellar, formula, stable, installed)
    return 0


def _uninstall(arguments: list[str]) -> int:
    cellar = Cellar()
    for name in _names("uninstall", arguments, "--ignore-dependencies", "--zap"):
        formula = find(name)
        versions = cellar.versions(formula.name) if formula else []
        if formula is None or not versions:
            if {"--force", "-f"} & set(arguments):
                continue
            return _not_installed(cellar, name)
        gone = versions if {"--force", "-f"} & set(arguments) else versions[-1:]
        for version in gone:
            print(f"Uninstalling {cellar.keg(formula.name, version)}...")
        cellar.remove(formula, gone)
    return 0


def _link(arguments: list[str]) -> int:
    cellar = Cellar()
    for name in _names("link", arguments, "--overwrite"):
        formula = find(name)
        versions = cellar.versions(formula.name) if formula else []
        if formula is None or not versions:
            return _not_installed(cellar, name)
        cellar.link(formula, versions[-1])
        print(f"Linking {cellar.keg(formula.name, versions[-1])}... {len(formula.files)} symlinks created.")
    return 0


def _unlink(arguments: list[str]) -> int:
    cellar = Cellar()
    for name in _names("unlink", arguments):
        formula = find(name)
        if formula is None or not cellar.versions(formula.name):
            return _not_installed(cellar, name)
        print(f"Unlinking {cellar.keg(formula.name, cellar.linked(formula.name) or '')}... ")
        cellar.unlink(formula)
    return 0


def _outdated(arguments: list[str]) -> int:
    cellar = Cellar()
    as_json = any(argument.startswith("--json") for argument in arguments)
    names = _names("outdated", arguments, "--json", "--json=v2", "--cask")
    rows = []
    for name in names or cellar.names():
        formula = find(name)
        installed = cellar.versions(name)
        if formula and installed and formula.stable() not in installed:
            rows.append((name, installed, formula.stable()))
    if as_json:
        formulae = [{"name": name, "installed_versions": versions, "current_version": stable, "pinned": False,
                     "pinned_version": None} for name, versions, stable in rows]  # fmt: skip
        print(json.dumps({"formulae": formulae, "casks": []}, indent=2))
    else:
        verbose = sys.stdout.isatty() or "--verbose" in arguments or "-v" in arguments
        for name, versions, stable in rows:
            print(f"{name} ({', '.join(versions)}) < {stable}" if verbose else name)
    return 1 if rows and names else 0


def _info(arguments: list[str]) -> int:
    cellar = Cellar()
    names = _names("info", arguments, "--json=v2", "--json", "--installed")
    if not any(argument.startswith("--json") for argument in arguments):
        return _info_text(cellar, names)
    if "--json" in arguments:
        unknown.refuse("brew", "info --json (of version 1)")
    if "--installed" in arguments:
        names = cellar.names()
    formulae = []
    for name in names:
        formula = find(name)
        if formula is None:
            return _no_formula(name)
        formulae.append(_described(cellar, formula))
    print(json.dumps({"formulae": formulae, "casks": []}, indent=2))
    return 0


def _described(cellar: Cellar, formula: Formula) -> dict[str, object]:
    installed = cellar.versions(formula.name)
    stable = formula.stable()
    return {
        "name": formula.name,
        "full_name": formula.full_name,
        "tap": TAP,
        "oldnames": [],
        "aliases": [],
        "versioned_formulae": [],
        "desc": formula.description,
        "homepage": formula.homepage,
        "versions": {"stable": stable, "head": "HEAD", "bottle": True},
        "revision": 0,
        "keg_only": False,
        "dependencies": [],
        "installed": [
            {
                "version": version,
                "used_options": [],
                "built_as_bottle": True,
                "poured_from_bottle": True,
                "installed_as_dependency": False,
                "installed_on_request": True,
            }
            for version in installed
        ],
        "linked_keg": cellar.linked(formula.name),
        "pinned": False,
        "outdated": bool(installed) and stable not in installed,
        "deprecated": False,
        "disabled": False,
    }


def _info_text(cellar: Cellar, names: list[str]) -> int:
    for name in names:
        formula = find(name)
        if formula is None:
            return _no_formula(name)
        print(f"==> {formula.name}: stable {formula.stable()} (bottled), HEAD")
        print(f"{formula.description}\n{formula.homepage}")
        versions = cellar.versions(formula.name)
        print("Installed" if versions else "Not installed")
        for version in versions:
            mark = " *" if cellar.linked(formula.name) == version else ""
            print(f"{cellar.keg(formula.name, version)}{mark}")
    return 0
