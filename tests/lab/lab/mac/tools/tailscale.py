"""The command line client in the keg: the real one, at the Mac's socket and with what its Linux build must be told."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

from lab.mac.homebrew.formulae import PROGRAMS

SOCKET = "/var/run/tailscaled.socket"
_REAL = str(PROGRAMS / "tailscale/bin/tailscale")
_WITHOUT_DAEMON = ("version", "completion", "help", "configure", "licenses", "")


def main(arguments: list[str]) -> int:
    chosen = any(a.lstrip("-").partition("=")[0] == "socket" for a in arguments if a.startswith("-"))
    verb_at = next((i for i, argument in enumerate(arguments) if not argument.startswith("-")), None)
    verb = arguments[verb_at] if verb_at is not None and not chosen else ""
    helping = {"-h", "-help", "--help"} & set(arguments)
    if not chosen and verb not in _WITHOUT_DAEMON and not helping and not _daemon_answers():
        print("failed to connect to local Tailscale service; is Tailscale running?", file=sys.stderr)
        return 1
    words = list(arguments)
    if verb in ("up", "login") and verb_at is not None:
        words.insert(verb_at + 1, "--netfilter-mode=off")
    if not chosen:
        words.insert(0, f"--socket={SOCKET}")
    if verb == "status":
        return _status(words)
    return os.execv(_REAL, ["tailscale", *words])


def _daemon_answers() -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(SOCKET)
        except PermissionError:
            return True  # it is there; what this person may do is for the real client to say
        except OSError:
            return False
    return True


def _status(words: list[str]) -> int:
    """This very machine is a Mac to whoever asks it; its peers are what they say."""
    done = subprocess.run([_REAL, *words], stdout=subprocess.PIPE, text=True, check=False)
    try:
        status = json.loads(done.stdout)
    except ValueError:
        own, rest = done.stdout.split("\n", 1) if "\n" in done.stdout else (done.stdout, "")
        if not any(word.endswith("self=false") for word in words):
            own = own.replace(" linux ", " macOS ", 1)
        sys.stdout.write(f"{own}\n{rest}" if done.stdout else "")
        return done.returncode
    if status.get("Self", {}).get("OS") == "linux":
        status["Self"]["OS"] = "macOS"
    print(json.dumps(status, indent=2, ensure_ascii=False))
    return done.returncode
