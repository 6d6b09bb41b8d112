#!/usr/bin/env python3
"""The end of ``make demo``: a real chat answer through all three layers, who is refused and how, what to try by hand.

Everything it does is a command that a person could type at a vantage point of the lab; it fails when any of them ends
otherwise than promised.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lab.addresses import address_of

LAB = Path(sys.executable).with_name("lab")
PORT = 11434
# seconds after which silence counts as a refusal; the tailnet answers in milliseconds
PATIENCE = 4
CURL_ERRORS = {
    6: "name not known",
    7: "connection refused",
    28: f"no answer within {PATIENCE} s",
    35: "connection reset",
    52: "connection closed without an answer",
    56: "connection reset",
}
# a first packet towards a peer may have to wait for its handshake
WARM_UP = 30


class Failed(Exception):
    """A promise that was not kept."""


@dataclasses.dataclass(frozen=True)
class Ran:
    returncode: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def status(self) -> int:
        """The HTTP status that curl was asked to write on the last line, 0 for none."""
        return int(self.stdout.rpartition("\n")[2] or 0)

    @property
    def body(self) -> str:
        return self.stdout.rpartition("\n")[0]


def at(host: str, *argv: str) -> Ran:
    begin = time.monotonic()
    ran = subprocess.run(
        [LAB, "exec", host, "--", *argv], capture_output=True, text=True, errors="replace", timeout=180, check=False
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr.strip(), time.monotonic() - begin)


def curl(host: str, url: str, *options: str, patience: int = PATIENCE) -> Ran:
    write = ("--write-out", "\\n%{http_code}")
    return at(host, "curl", "--silent", "--globoff", "--max-time", str(patience), *write, *options, url)


class Screen:
    """What the person sees: one line for each promise."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour
        self.failures = 0

    def paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def heading(self, text: str) -> None:
        print(f"\n{self.paint('1', text)}", flush=True)

    def promise(self, who: str, what: str, keep: Callable[..., str], *arguments: object) -> None:
        """Prints whether ``keep(*arguments)`` holds: it returns what was seen, or raises Failed with it."""
        try:
            seen, mark = keep(*arguments), self.paint("32", "✓")
        except Failed as failure:
            seen, mark = self.paint("31", str(failure)), self.paint("31", "✗")
            self.failures += 1
        print(f"  {mark} {who:<10}{what}\n    {'':<10}{self.paint('2', '→')} {seen}", flush=True)


def shortened(text: str, width: int = 88) -> str:
    plain = "".join(character if character.isprintable() else " " for character in text)
    return plain if len(plain) <= width else f"{plain[: width - 1]}…"


def chat(name: str, model: str, stream: bool = False) -> tuple[str, str, str]:
    """The options of curl for a chat request, and its address. Random models never end by themselves: max_tokens."""
    body = {"model": model, "max_tokens": 12, "messages": [{"role": "user", "content": "Say hello."}]}
    return (
        "--json",
        json.dumps(body | ({"stream": True} if stream else {})),
        f"http://{name}:{PORT}/v1/chat/completions",
    )


def answers(name: str, model: str) -> str:
    *options, url = chat(name, model)
    ran = curl("client", url, *options, patience=WARM_UP)
    if ran.returncode or ran.status != 200:
        raise Failed(failure_of(ran))
    text = json.loads(ran.body)["choices"][0]["message"]["content"]
    if not text:
        raise Failed("an empty answer")
    return f"200 in {ran.seconds:.2f} s: “{shortened(text)}”"


def streams(name: str, model: str) -> str:
    *options, url = chat(name, model, stream=True)
    ran = curl("client", url, "--no-buffer", *options, patience=WARM_UP)
    if ran.returncode or ran.status != 200:
        raise Failed(failure_of(ran))
    events = [line.removeprefix("data: ") for line in ran.body.splitlines() if line.startswith("data: ")]
    if events[-1:] != ["[DONE]"]:
        raise Failed("the stream has no end")
    chunks = [json.loads(event) for event in events[:-1]]
    pieces = [choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]]
    if sum(bool(piece) for piece in pieces) < 2:
        raise Failed(f"not streamed: {len(pieces)} piece(s)")
    return f"200 in {len(events)} events: “{shortened('|'.join(piece for piece in pieces if piece))}”"


def messages(name: str, model: str) -> str:
    body = {"model": model, "max_tokens": 12, "messages": [{"role": "user", "content": "Say hello."}]}
    ran = curl("client", f"http://{name}:{PORT}/v1/messages", "--json", json.dumps(body), patience=WARM_UP)
    if ran.returncode or ran.status != 200:
        raise Failed(failure_of(ran))
    answer = json.loads(ran.body)
    return f"200 in {ran.seconds:.2f} s: “{shortened(''.join(part.get('text', '') for part in answer['content']))}”"


def failure_of(ran: Ran) -> str:
    if ran.returncode:
        return CURL_ERRORS.get(ran.returncode, f"curl ended with {ran.returncode}: {shortened(ran.stderr)}")
    return f"{ran.status} {shortened(ran.body)}"


def refused_at_the_door(host: str, url: str) -> str:
    """Not a byte of an answer may come."""
    ran = curl(host, url)
    if ran.status or ran.returncode not in CURL_ERRORS:
        raise Failed(f"got an answer: {failure_of(ran)}")
    return failure_of(ran)


def refused_by_the_proxy(name: str, method: str, path: str, body: object = None) -> str:
    """The proxy says 403, as JSON with a message."""
    content = ("--json", json.dumps(body)) if body is not None else ()
    ran = curl("client", f"http://{name}:{PORT}{path}", "--path-as-is", "--request", method, *content)
    if ran.returncode or ran.status != 403:
        raise Failed(failure_of(ran))
    try:
        error = json.loads(ran.body)["error"]
    except (ValueError, KeyError, TypeError):
        raise Failed(f"403, but not in JSON: {shortened(ran.body)}") from None
    return f"403 “{shortened(error if isinstance(error, str) else error['message'])}”"


def with_route(mac_lan: str, tailnet: str) -> str:
    """A neighbour on the LAN sends packets for the Mac's tailnet address to the Mac's LAN address."""
    family = "-6" if ":" in tailnet else "-4"
    added = at("neighbour", "ip", family, "route", "replace", tailnet, "via", mac_lan)
    if added.returncode:
        raise RuntimeError(f"no route could be set at the neighbour: {added.stderr}")
    try:
        return refused_at_the_door("neighbour", f"http://{in_url(tailnet)}:{PORT}/v1/models")
    finally:
        at("neighbour", "ip", family, "route", "del", tailnet)


def in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def addresses(name: str) -> tuple[str, str, str, str]:
    """The Mac's tailnet and LAN addresses, each IPv4 and IPv6, the former as the Mac itself tells them."""
    tailnet = at(name, "/opt/homebrew/bin/tailscale", "ip").stdout.split()
    if len(tailnet) != 2:
        raise SystemExit(f"{name} is not in the tailnet. Converge it first: make demo")
    lan = address_of(name)
    return tailnet[0], tailnet[1], lan.v4, lan.v6


def try_by_hand(screen: Screen, name: str, model: str, tailnet: str, lan: str) -> None:
    lab = ".venv/bin/lab"
    _, body, url = chat(name, model)
    here = Path.cwd()
    if not (here / lab).exists():
        lab = str(LAB)
    screen.heading("Try it by hand")
    for note, command in [
        ("a chat answer", f"{lab} exec client -- curl -s --json {shlex.quote(body)} {url}"),
        ("the models", f"{lab} exec client -- curl -s http://{name}:{PORT}/v1/models"),
        ("not served", f"{lab} exec client -- curl -s -X POST http://{name}:{PORT}/api/pull"),
        ("not let in", f"{lab} exec stranger -- curl -m 5 http://{tailnet}:{PORT}/v1/models"),
        ("not even there", f"{lab} exec neighbour -- curl -m 5 http://{lan}:{PORT}/v1/models"),
        ("the Mac itself", f"{lab} exec {name} -- launchctl print system/com.haproxy"),
        ("a power cut", f"{lab} reboot {name}"),
        ("the end of it", f"{lab} down"),
    ]:
        print(f"  {screen.paint('2', f'# {note}')}\n  {command}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mac", default="maca", help="the Mac to ask (default: %(default)s)")
    parser.add_argument("--model", default="tiny", help="the model to ask for (default: %(default)s)")
    given = parser.parse_args()
    name, model = given.mac, given.model
    screen = Screen(sys.stdout.isatty())
    tailnet, tailnet6, lan, lan6 = addresses(name)

    screen.heading(f"{name}, in the tailnet as {tailnet}, on the LAN as {lan}: what an allowed client gets")
    url = f"http://{name}:{PORT}"
    screen.promise("client", f"POST {url}/v1/chat/completions", answers, name, model)
    screen.promise("client", "the same, streamed", streams, name, model)
    screen.promise("client", f"the same by http://{tailnet}:{PORT}", answers, tailnet, model)
    screen.promise("client", f"POST {url}/v1/messages", messages, name, model)

    screen.heading("Who is refused, by the tailnet and by the proxy's list of sources")
    door, lan_door = f"http://{tailnet}:{PORT}/v1/models", f"http://{lan}:{PORT}/v1/models"
    screen.promise("stranger", f"GET {door} (in the tailnet, not in its policy)", refused_at_the_door, "stranger", door)
    screen.promise("neighbour", f"GET {lan_door} (on the LAN only)", refused_at_the_door, "neighbour", lan_door)
    screen.promise("neighbour", f"ip route add {tailnet} via {lan}; GET {door}", with_route, lan, tailnet)
    screen.promise("neighbour", f"the same for {tailnet6} via {lan6}", with_route, lan6, tailnet6)

    screen.heading("What is refused, by the proxy's list of endpoints")
    for method, path, body in [
        ("POST", "/api/pull", {"model": model}),
        ("DELETE", f"/v1/models/{model}", None),
        ("POST", "/v1/messages/count_tokens", {}),
        ("POST", "/v1/chat/completions_x", {}),
        ("GET", "/api/ps", None),
    ]:
        screen.promise("client", f"{method} {url}{path}", refused_by_the_proxy, name, method, path, body)

    if screen.failures:
        print(f"\n{screen.paint('31', f'{screen.failures} of these promises are not kept.')}")
        return 1
    try_by_hand(screen, name, model, tailnet, lan)
    return 0


if __name__ == "__main__":
    sys.exit(main())
