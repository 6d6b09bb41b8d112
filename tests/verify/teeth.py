"""Takes one layer of a Mac away while a ``with`` block lasts. What was there before comes back whatever happens."""

from __future__ import annotations

import contextlib
import re
import shlex
import time
from collections.abc import Callable, Iterator

from . import checks, readings
from .macs import Mac
from .vantage import Vantage

PATIENCE = 60
# the proxy as many guides write it: prefixes, any method, no look at where a connection comes from
CLASSIC = """\
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend api
{binds}
    acl allowed path_beg /v1/models /v1/chat/completions /v1/responses /v1/messages /api/version /api/tags /api/show
    http-request deny deny_status 403 if !allowed
{host}
    default_backend ollama
backend ollama
    server ollama 127.0.0.1:11434
"""


def wait_for(what: str, seen: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not seen():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come about within {PATIENCE} s")
        time.sleep(0.2)


def proxy_answers(mac: Mac, client: Vantage) -> bool:
    """Something answers at the proxy's address, whatever it says."""
    return client.ask(mac.name, "GET", "/v1/models", timeout=2).status is not None


def restart(mac: Mac, label: str) -> None:
    mac.root.check_output("launchctl kickstart -k system/%s", label)


def reload(mac: Mac, label: str) -> None:
    """launchd reads a definition only when it is bootstrapped anew; a bootout takes its time."""
    mac.root.check_output("launchctl bootout system/%s", label)
    wait_for(f"the end of {label}", lambda: mac.service(f"system/{label}").rc == 113)
    mac.root.check_output("launchctl bootstrap system /Library/LaunchDaemons/%s.plist", label)


def written(mac: Mac, path: str, content: str) -> None:
    """Puts ``content`` into a file that is there, and leaves its owner and mode as they are."""
    done = mac.root_with(content, f"cat > {shlex.quote(path)}")
    if done.rc:
        raise RuntimeError(f"{mac}: {path} cannot be written: {done.stderr}")


@contextlib.contextmanager
def edited(mac: Mac, path: str, edit: Callable[[str], str], apply: Callable[[], None]) -> Iterator[None]:
    """A file with other content, applied; afterwards the old content, applied."""
    before = mac.root.check_output("cat %s", path) + "\n"
    after = edit(before)
    if after == before:
        raise ValueError(f"nothing to take away was found in {path}:\n{before}")
    try:
        written(mac, path, after)
        apply()
        yield
    finally:
        written(mac, path, before)
        apply()


def proxy_file(mac: Mac) -> str:
    """The configuration that the running proxy was started with."""
    found = re.search(r"/haproxy .*-f (\S+)", mac.root.check_output("ps -axww -o args"))
    if not found:
        raise RuntimeError(f"{mac}: no haproxy with a configuration file runs")
    return found[1]


@contextlib.contextmanager
def proxy_edited(mac: Mac, client: Vantage, edit: Callable[[str], str]) -> Iterator[None]:
    def apply() -> None:
        restart(mac, "com.haproxy")
        wait_for("an answer of the proxy", lambda: proxy_answers(mac, client))

    with edited(mac, proxy_file(mac), edit, apply):
        yield


def without_source_rule(configuration: str) -> str:
    """The proxy takes connections from everywhere."""
    return re.sub(r"^\s*tcp-request connection reject .*\n", "", configuration, flags=re.MULTILINE)


def by_prefixes(configuration: str) -> str:
    """The proxy by prefixes, at the same addresses."""
    binds = re.findall(r"^\s*bind (\S+)", configuration, re.MULTILINE)
    return CLASSIC.format(
        binds="\n".join(f"    bind {address}" for address in binds), host="    http-request set-header Host localhost"
    )


def without_host_rule(configuration: str) -> str:
    """The proxy passes on the name by which it was asked."""
    return re.sub(r"^\s*http-request set-header Host .*\n", "", configuration, flags=re.MULTILINE)


def sleeps_after(mac: Mac, minutes: int) -> None:
    """powerd applies what pmset wrote a little later."""
    mac.root.check_output("pmset -a sleep %s", str(minutes))

    def applied() -> bool:
        sources = readings.power(mac.user.check_output("pmset -g custom"))
        return all(settings["sleep"] == str(minutes) for settings in sources.values())

    wait_for("pmset's setting", applied)


@contextlib.contextmanager
def ollama_at(mac: Mac, address: str) -> Iterator[None]:
    """Ollama listens at ``address``, as if somebody had set OLLAMA_HOST; the models are warmed afterwards."""
    path = "/Library/LaunchDaemons/com.ollama.plist"

    def edit(definition: str) -> str:
        return re.sub(r"(<key>OLLAMA_HOST</key>\s*<string>)[^<]*", rf"\g<1>{address}", definition)

    def listens() -> bool:
        return any(each.command.startswith("ollama") and each.port == checks.PORT for each in checks.listeners(mac))

    def apply() -> None:
        reload(mac, "com.ollama")
        wait_for("Ollama's listener", listens)

    try:
        with edited(mac, path, edit, apply):
            yield
    finally:
        restart(mac, "com.ollama.warmup")
        wait_for("the resident models", lambda: bool(mac.ollama("/api/ps")["models"]))
