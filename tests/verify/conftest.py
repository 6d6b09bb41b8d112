"""Where the tests stand: the Macs of the inventory, and the lab's vantage points."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from .macs import REPOSITORY, Access, Mac, accesses
from .vantage import Vantage

MARKERS = {
    "lab": "needs the lab's vantage points; what has no such mark runs against real Macs too (--ansible-inventory)",
    "teeth": "takes a layer away on maca, and expects its check to fail; slow, alters the Mac and puts it back",
    "converge": "runs ansible-playbook with bad input against the lab",
}


# of what runs as root or as its own user, and of what runs as a person
LOGS = "/Library/Logs/*.log /Library/Logs/*/*.log /Users/*/Library/Logs/*/*.log"


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What alters the Macs is asked for by name; the plain run only looks."""
    if config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("teeth") or item.get_closest_marker("converge")]
    if left_out and not any("::" in argument for argument in config.args):
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def inventory_of(config: pytest.Config) -> str:
    return str(config.getoption("--ansible-inventory") or REPOSITORY / "inventory" / "lab.yml")


@functools.cache
def fleet(inventory: str) -> dict[str, Access]:
    return accesses(inventory)


@functools.cache
def mac_of(inventory: str, name: str) -> Mac:
    return Mac(fleet(inventory)[name])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes ``mac`` runs once for each Mac of the inventory."""
    if "mac" in metafunc.fixturenames:
        inventory = inventory_of(metafunc.config)
        names = sorted(fleet(inventory))
        metafunc.parametrize("mac", [mac_of(inventory, name) for name in names], ids=names, scope="session")


@pytest.fixture(scope="session")
def inventory(pytestconfig: pytest.Config) -> str:
    return inventory_of(pytestconfig)


@pytest.fixture(scope="session")
def maca(inventory: str) -> Mac:
    return mac_of(inventory, "maca")


@pytest.fixture(scope="session")
def macb(inventory: str) -> Mac:
    return mac_of(inventory, "macb")


@pytest.fixture(scope="session")
def client() -> Vantage:
    return Vantage("client")


@pytest.fixture(scope="session")
def stranger() -> Vantage:
    return Vantage("stranger")


@pytest.fixture(scope="session")
def neighbour() -> Vantage:
    return Vantage("neighbour")


@pytest.fixture(scope="session")
def laptop() -> Vantage:
    return Vantage("laptop")


@functools.cache
def tailnet_addresses(mac: Mac) -> tuple[str, str]:
    """The Mac's own tailnet addresses, IPv4 and IPv6."""
    four, six = mac.tailscale()["Self"]["TailscaleIPs"]
    return four, six


@pytest.fixture(scope="session")
def tailnet(mac: Mac) -> tuple[str, str]:
    return tailnet_addresses(mac)


@pytest.fixture(scope="session")
def lan(mac: Mac) -> tuple[str, str]:
    return mac.lan()


@pytest.fixture(scope="session")
def client_tailnet(client: Vantage) -> tuple[str, str]:
    """The client's own tailnet addresses."""
    four, six = client.check("tailscale", "ip").split()
    return four, six


@pytest.fixture(autouse=True)
def _log_on_failure(request: pytest.FixtureRequest) -> Iterator[None]:
    """A failing test of a Mac shows the end of its services' logs."""
    macs: list[Mac] = [
        request.getfixturevalue(name) for name in ("mac", "maca", "macb") if name in request.fixturenames
    ]
    failed_before = request.session.testsfailed
    yield
    if request.session.testsfailed > failed_before:
        for mac in macs:
            print(f"{mac}:\n{mac.root.run(f'tail -n 20 {LOGS}').stdout}")
