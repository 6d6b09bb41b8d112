"""The command `lab`.

click, not typer: `lab exec` is typed and called hundreds of times, and click is imported in a tenth of the time. What
only some commands need is imported by them, for the same reason.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from lab import addresses, fleet, leftovers, lock, machine
from lab.errors import LabError
from lab.network import cuts
from lab.network.cuts import Network

MAC = click.argument("mac")
MACS = click.option(
    "--macs",
    type=click.IntRange(1, addresses.MOST_MACS),
    default=fleet.DEFAULT_MACS,
    show_default=True,
    help="How many Macs the lab has.",
)


def _say(text: str) -> None:
    for line in text.splitlines():
        click.echo(f"lab: {line}", err=True)


def _fail(error: LabError) -> NoReturn:
    _say(str(error))
    raise SystemExit(1)


@contextmanager
def _alone() -> Iterator[None]:
    """Nothing else may change the lab meanwhile."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root")
    with lock.exclusive(_say):
        yield


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def app() -> None:
    """A fleet of simulated Macs, a tailnet and a model registry on this machine."""


@app.command()
@MACS
def up(macs: int) -> None:
    """Bring the lab up, or bring up what of it is missing."""
    from lab import bringing_up
    from lab.progress import Progress

    # before the lock: without rights not even that can be had
    machine.check()

    with _alone(), Progress() as progress:
        bringing_up.up(macs, progress)
    _say("up; see it by `lab status`")


@app.command()
def down() -> None:
    """Take the lab down: every process, namespace, mount and address of it, whatever state it is in."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root")
    with lock.exclusive(_say) as remove_lock:
        leftovers.remove()
        remove_lock()


@app.command()
def status() -> None:
    """Show the hosts and how they are."""
    from rich.console import Console
    from rich.table import Table

    lines = fleet.status()
    if not lines:
        click.echo("The lab is down.")
        return

    table = Table(box=None, pad_edge=False)
    for title in ("host", "power", "LAN", "console user", "cut off from"):
        table.add_column(title)
    for line in lines:
        table.add_row(line.name, line.power, line.lan, line.user or "-", line.cut or "-")
    Console(highlight=False).print(table)


@app.command(name="exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--user", default="root", show_default=True, help="Whose command it is.")
@click.argument("host")
@click.argument("words", metavar="[--user USER] -- CMD...", nargs=-1, type=click.UNPROCESSED, required=True)
def execute(host: str, words: tuple[str, ...], user: str) -> None:
    """Run a command on HOST: a Mac, or control, laptop, client, stranger, neighbour.

    Its exit status is the command's, and so are stdin, stdout and stderr.
    """
    command = list(words)
    if command[0] == "--user" and len(command) > 1:
        user, command = command[1], command[2:]
    if command[:1] == ["--"]:
        command = command[1:]
    if not command:
        raise click.UsageError("no command given: lab exec HOST -- CMD...")
    fleet.host(host).become(command, user)


@app.command()
@MAC
def reboot(mac: str) -> None:
    """Restart a Mac: its disk stays, nobody is logged in. Returns when launchd and sshd answer again."""
    with _alone():
        fleet.mac(mac).reboot()


@app.command()
@click.argument("state", type=click.Choice(["on", "off"]))
@MAC
def power(state: str, mac: str) -> None:
    """Switch a Mac on or off."""
    with _alone():
        found = fleet.mac(mac)
        if state == "on":
            found.power_on()
        else:
            found.power_off()


@app.command()
@click.option("--user", default="admin", show_default=True, help="Who sits down at the Mac.")
@MAC
def login(mac: str, user: str) -> None:
    """Log in at a Mac's console, which makes the domain gui/501."""
    with _alone():
        fleet.mac(mac).login(user)


@app.command()
@MAC
def logout(mac: str) -> None:
    """Log out at a Mac's console."""
    with _alone():
        fleet.mac(mac).logout()


@app.command()
@MAC
@click.argument("network", type=click.Choice([str(network) for network in Network]))
def cut(mac: str, network: str) -> None:
    """Cut a Mac off from a network."""
    with _alone():
        cuts.cut(fleet.mac(mac).name, Network(network))


@app.command()
@MAC
def heal(mac: str) -> None:
    """Give a Mac all networks back."""
    with _alone():
        cuts.heal(fleet.mac(mac).name)


@app.command()
@MAC
@click.argument("label", required=False)
def log(mac: str, label: str | None) -> None:
    """Show what a Mac's launchd has logged, of all services or of one LABEL."""
    click.echo("\n".join(fleet.mac(mac).launchd_log(label)))


@app.command()
@MAC
def erase(mac: str) -> None:
    """Give a Mac a new disk, and start it."""
    from lab import bringing_up
    from lab.progress import Progress

    with _alone(), Progress() as progress:
        bringing_up.erase(mac, progress)


@app.command()
@MACS
@click.option("--password/--no-password", default=True, help="With the sudo password of the Mac that asks for it.")
def inventory(macs: int, password: bool) -> None:
    """Print an Ansible inventory of the lab's Macs."""
    import yaml

    from lab.inventory import inventory as made

    click.echo(yaml.safe_dump(made(macs, password=password), sort_keys=False, width=200), nl=False)


def main() -> None:
    # what the lab writes is read by the users of the Macs
    os.umask(0o022)
    try:
        app(prog_name="lab")
    except LabError as error:
        _fail(error)
