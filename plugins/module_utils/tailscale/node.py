# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node: logged in, connected, its preferences set, and read back."""

from __future__ import annotations

import typing as t

from ..command import Result, ToolError
from ..waiting import Deadline
from . import planning
from .client import DaemonError, Tailscale
from .planning import Plan, Wanted
from .status import NEEDS_APPROVAL, RUNNING, Prefs, Status

# how a control server refuses tags, Tailscale's own and headscale alike. headscale also refuses to have tags asked
# for that the auth key carries already (seen with 0.29.2), which Tailscale's allows.
TAGS_REFUSED = "invalid or not permitted"
LAST_LOGIN_ERROR = "The last login error was: "


class Node:
    """This machine in its tailnet.

    :param key_file: makes a file with the auth key, mode 0600, that is gone when the context ends
    :param deadline: for the whole of the task
    """

    def __init__(
        self,
        client: Tailscale,
        wanted: Wanted,
        key_file: t.Callable[[], t.ContextManager[str]] | None,
        deadline: Deadline,
        force_reauth: bool = False,
    ) -> None:
        self._client = client
        self._wanted = wanted
        self._key_file = key_file
        self._deadline = deadline
        self._force = force_reauth

    def read(self) -> tuple[Status, Prefs]:
        """Wait until the daemon answers and knows its state: it may just have been started."""
        while True:
            try:
                status = self._client.status()
                if status.backend_state not in planning.STARTING or self._wanted.state == "down":
                    return status, self._client.prefs()
                failure = ToolError(
                    f"tailscaled is still in state {status.backend_state or 'unknown'} after "
                    f"{self._deadline.seconds:g} s. "
                    f"{reasons(status)}"
                )
            except DaemonError as error:
                failure = error
            if not self._deadline.pause():
                raise failure

    def plan(self, status: Status, prefs: Prefs) -> Plan:
        """What to do.

        :raises ToolError: a login is needed and there is no key, or something differs that only a new login can change
        """
        plan = planning.plan(status, prefs, self._wanted)
        if plan.mismatches and self._force:
            plan = Plan([planning.REAUTH])
        elif plan.mismatches:
            raise ToolError(
                f"This node is logged in already, but {' and '.join(plan.mismatches)}. Only a new login changes that: "
                f"set "
                "force_reauth: true with an auth_key that grants it, or correct it at the control server."
            )
        if self._key_file is None and (planning.LOGIN in plan.steps or planning.REAUTH in plan.steps):
            raise ToolError(
                f"This node is not logged in to {self._server} and there is no auth_key to log in with. "
                f"{reasons(status)}".rstrip()
            )
        return plan

    def apply(self, plan: Plan, prefs: Prefs) -> tuple[Status, Prefs]:
        """Take the steps and read back until the node is as wanted."""
        kept = planning.keeping(self._wanted, prefs)
        for step in plan.steps:
            if step == planning.DISCONNECT:
                self._client.down()
            elif step in (planning.LOGIN, planning.REAUTH):
                self._login(kept if step == planning.REAUTH else self._wanted, force=step == planning.REAUTH)
            elif step == planning.CONNECT:
                self._client.connect(max(1.0, self._deadline.remaining))
            elif step == planning.SET:
                self._client.set(plan.flags)
        status = self._client.status() if self._wanted.state == "down" else self.await_running()
        prefs = self._client.prefs()
        self._verify(status, prefs)
        return status, prefs

    def await_running(self) -> Status:
        """Until the node is connected and has an address."""
        while True:
            status = self._client.status()
            if status.up:
                return status
            if status.backend_state == NEEDS_APPROVAL:
                raise ToolError(
                    "The node is logged in, but the tailnet wants it to be approved: approve it in the admin console, "
                    "or use an "
                    "auth key that is pre-approved."
                )
            if not self._deadline.pause():
                raise ToolError(
                    f"The node is in state {status.backend_state} with {len(status.addresses)} addresses, not "
                    f"{RUNNING} with an "
                    f"address, after {self._deadline.seconds:g} s. {reasons(status)}".rstrip()
                )

    @property
    def _server(self) -> str:
        return self._wanted.login_server or planning.DEFAULT_SERVER

    def _login(self, wanted: Wanted, force: bool) -> None:
        if self._key_file is None:
            raise ToolError("There is no auth_key to log in with.")
        with self._key_file() as path:
            result = self._up(wanted, path, advertise=True, force=force)
            without = result.rc != 0 and self._wanted.tags and TAGS_REFUSED in result.text
            if without:
                result = self._up(wanted, path, advertise=False, force=force)
        if result.rc != 0:
            raise self._refused(result)
        if without:
            self._insist_on_tags()

    def _up(self, wanted: Wanted, key_file: str, advertise: bool, force: bool) -> Result:
        flags = planning.login_flags(wanted, key_file, self._deadline.remaining, advertise, force)
        return self._client.log_in(flags)

    def _insist_on_tags(self) -> None:
        """The key has to bring the tags that the server would not have asked for; else the node must not stay."""
        status = self.await_running()
        if set(status.tags) == set(self._wanted.tags):
            return
        self._client.logout()
        raise ToolError(
            f"The control server {self._server} refuses the tags {planning.listed(self._wanted.tags)} (tags): the "
            f"auth key "
            f"brings {planning.listed(status.tags)}. Use a key that is tagged so, or make its owner an owner of the "
            f"tags in "
            "the policy (tagOwners). The node was logged out again."
        )

    def _refused(self, result: Result) -> ToolError:
        try:
            health = reasons(self._client.status())
        except ToolError as error:
            health = error.message
        said = result.text
        if health and health.partition(LAST_LOGIN_ERROR)[2].strip() not in said:
            said = f"{said}\n{health}"
        return ToolError(
            f"Logging in to {self._server} failed: {said}\nCheck the options auth_key (is it valid, unused and of this "
            "server?), login_server and tags, and that the server can be reached from this Mac.",
            rc=result.rc,
            stderr=result.stderr,
        )

    def _verify(self, status: Status, prefs: Prefs) -> None:
        if self._wanted.state == "down":
            return
        left = [
            *planning.mismatches(status, prefs, self._wanted),
            *(f"{flag} has had no effect" for flag in planning.differing_flags(prefs, self._wanted)),
        ]
        if left:
            raise ToolError(
                f"The node is logged in, but {' and '.join(left)}. The control server has left it so: change it there "
                f"(with "
                "headscale: headscale nodes tag; a node keeps its tags over a new login)."
            )


def reasons(status: Status) -> str:
    """What tailscaled itself complains about."""
    return " ".join(line for line in status.health if line)
