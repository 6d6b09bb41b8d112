"""A play that ended between a file and the handler that was to act on it: the next one makes it good."""

from __future__ import annotations

import pytest

from . import teeth
from .macs import Mac
from .plays import play
from .test_converge import variables
from .vantage import Vantage

pytestmark = [pytest.mark.lab, pytest.mark.converge]

ROUTES = "/etc/haproxy/routes.map"
DAEMON = "/Library/LaunchDaemons/com.ollama.plist"


def status_of_ps(client: Vantage, mac: Mac) -> int | None:
    return client.ask(mac.name, "GET", "/api/ps", timeout=5).status


def test_an_endpoint_that_was_taken_out_is_closed(inventory: str, maca: Mac, client: Vantage) -> None:
    with_ps = play(inventory, "--limit", "localhost,maca", *variables(haproxy_extra_endpoints=["ps"]))
    assert with_ps.returncode == 0, str(with_ps)
    assert status_of_ps(client, maca) == 200
    # the list is written without it, and there the play ends
    content = maca.root.check_output("cat %s", ROUTES)
    teeth.written(maca, ROUTES, "".join(f"{line}\n" for line in content.splitlines() if "/api/ps" not in line))
    assert status_of_ps(client, maca) == 200, "HAProxy took the list without being told"
    mended = play(inventory, "--limit", "localhost,maca")
    assert mended.returncode == 0, str(mended)
    teeth.wait_for("the end of /api/ps", lambda: status_of_ps(client, maca) == 403)
    again = play(inventory, "--limit", "localhost,maca")
    assert again.recap["maca"]["changed"] == 0, str(again)


def test_a_service_with_an_older_definition_is_loaded_anew(inventory: str, maca: Mac) -> None:
    # launchd gets another definition, and the file is as the role wants it: as after a play without its handler
    wanted = maca.root.check_output("cat %s", DAEMON)
    older = wanted.replace("<key>OLLAMA_NO_CLOUD</key>", "<key>OLLAMA_DEBUG</key>")
    assert older != wanted
    teeth.written(maca, DAEMON, f"{older}\n")
    teeth.reload(maca, "com.ollama")
    teeth.written(maca, DAEMON, f"{wanted}\n")
    mended = play(inventory, "--limit", "localhost,maca")
    assert mended.returncode == 0, str(mended)
    environment = maca.service("system/com.ollama").stdout
    assert "OLLAMA_NO_CLOUD => 1" in environment
    assert "OLLAMA_DEBUG" not in environment
