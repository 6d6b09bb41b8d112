"""The command `lab`."""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
import yaml
from rich.console import Console
from rich.table import Table

from lab import addresses, fleet, lock
from lab import inventory as inventories
from lab.errors import LabError
from lab.network import cuts
from lab.network.cuts import Network
from lab.progress import Progress

app = typer.Typer(
    help="A fleet of simulated Macs, a tailnet and a model registry on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

MacName = Annotated[str, typer.Argument(metavar="MAC", help="maca, macb, …")]
MacCount = Annotated[
    int, typer.Option("--macs", min=1, max=addresses.MOST_MACS, metavar="N", help="How many Macs the lab has.")
]


class Power(enum.StrEnum):
    ON = "on"
    OFF = "off"


def _fail(error: LabError) -> NoReturn:
    for line in str(error).splitlines():
        errors.print(f"lab: {line}", markup=False)
    raise SystemExit(1)


@contextmanager
def _alone() -> Iterator[None]:
    """Nothing else may change the lab meanwhile."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root")
    with lock.exclusive(lambda text: errors.print(f"lab: {text}", markup=False)):
        yield


@app.command()
def up(macs: MacCount = fleet.DEFAULT_MACS) -> None:
    """Bring the lab up, or bring up what of it is missing."""
    # Said before anything else is done; it also names what else is missing when the rights are.
    fleet.check_machine()
    with _alone(), Progress() as progress:
        fleet.up(macs, progress)
    errors.print("The lab is up. Try: lab status", markup=False)


@app.command()
def down() -> None:
    """Take the lab down: every process, namespace, mount and address of it, whatever state it is in."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root")
    with lock.exclusive(lambda text: errors.print(f"lab: {text}", markup=False)) as remove_lock:
        fleet.down()
        remove_lock()


@app.command()
def status() -> None:
    """Show the hosts and how they are."""
    lines = fleet.status()
    if not lines:
        print("The lab is down.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("host", "power", "LAN", "console user", "cut off from"):
        table.add_column(title)
    for line in lines:
        table.add_row(line.name, line.power, line.lan, line.user or "-", line.cut or "-")
    Console(highlight=False).print(table)


@app.command(name="exec", context_settings={"ignore_unknown_options": True})
def execute(
    host: Annotated[
        str, typer.Argument(metavar="HOST", help="A Mac, or control, laptop, client, stranger, neighbour.")
    ],
    command: Annotated[list[str], typer.Argument(metavar="-- CMD...")],
    user: Annotated[str, typer.Option(help="Whose command it is.")] = "root",
) -> None:
    """Run a command on a host. Its exit status is the command's."""
    fleet.host(host).become(command, user)


@app.command()
def reboot(mac: MacName) -> None:
    """Restart a Mac: its disk stays, nobody is logged in. Returns when launchd and sshd answer again."""
    with _alone():
        fleet.mac(mac).reboot()


@app.command()
def power(state: Power, mac: MacName) -> None:
    """Switch a Mac on or off."""
    with _alone():
        found = fleet.mac(mac)
        if state is Power.ON:
            found.power_on()
        else:
            found.power_off()


@app.command()
def login(mac: MacName, user: Annotated[str, typer.Option(help="Who sits down at the Mac.")] = "admin") -> None:
    """Log in at a Mac's console, which makes the domain gui/501."""
    with _alone():
        fleet.mac(mac).login(user)


@app.command()
def logout(mac: MacName) -> None:
    """Log out at a Mac's console."""
    with _alone():
        fleet.mac(mac).logout()


@app.command()
def cut(mac: MacName, network: Network) -> None:
    """Cut a Mac off from a network."""
    with _alone():
        cuts.cut(fleet.mac(mac).name, network)


@app.command()
def heal(mac: MacName) -> None:
    """Give a Mac all networks back."""
    with _alone():
        cuts.heal(fleet.mac(mac).name)


@app.command()
def log(mac: MacName, label: Annotated[str | None, typer.Argument(help="Of this service alone.")] = None) -> None:
    """Show what a Mac's launchd has logged."""
    print("\n".join(fleet.mac(mac).launchd_log(label)))


@app.command()
def erase(mac: MacName) -> None:
    """Give a Mac a new disk, and start it."""
    with _alone(), Progress() as progress:
        fleet.erase(mac, progress)


@app.command()
def inventory(
    macs: MacCount = fleet.DEFAULT_MACS,
    password: Annotated[bool, typer.Option(help="With the sudo password of the Mac that asks for it.")] = True,
) -> None:
    """Print an Ansible inventory of the lab's Macs."""
    print(yaml.safe_dump(inventories.inventory(macs, password=password), sort_keys=False), end="")


def main() -> None:
    # the environment's own locale decides how names are shown, never whether they can be
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        app()
    except LabError as error:
        _fail(error)
