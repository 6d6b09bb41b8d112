# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps lead from what launchd has to what is wanted. Pure: nothing is run or read here."""

from __future__ import annotations

import typing as t

from ..command import ToolError
from . import errors
from .parse import ServicePrint

ENABLE = "enable"
BOOTOUT = "bootout"
BOOTSTRAP = "bootstrap"
KICKSTART = "kickstart"
RESTART = "kickstart -k"
DISABLE = "disable"

LOADING_STATES = ("started", "loaded", "restarted", "reloaded")


class Wanted(t.NamedTuple):
    """What the task asks for; None: leave it as it is."""

    state: str | None
    enabled: bool | None
    reload_changed: bool = False


def plan(
    job: ServicePrint | None, disabled: bool, wanted: Wanted, target: str = "", differs: bool | None = None
) -> list[str]:
    """The steps, in order; an empty list when everything is as wanted.

    A job that is being ended counts as not loaded: by the time the steps run it is gone.

    :param job: the service as loaded, None when it is not
    :param disabled: launchd would refuse to load it (its override, else the property list's Disabled)
    :param differs: launchd has loaded another definition than the property list holds; None: unknown
    :raises ToolError: it is disabled, has to be loaded, and the task does not say that it may be enabled
    """
    state = "reloaded" if differs and wanted.reload_changed and wanted.state in ("started", "loaded") else wanted.state
    steps = _state_steps(job if job is not None and not job.ending else None, state)
    loads = BOOTSTRAP in steps
    if loads and disabled and wanted.enabled is None:
        raise ToolError(f"{target} is disabled, so launchd would refuse to load it. {errors.explain(errors.DISABLED)}")
    # a disabled service can only be loaded while it is enabled, also where the task wants it disabled in the end
    lifted = disabled and (wanted.enabled is True or loads)
    if lifted:
        steps.insert(0, ENABLE)
    if wanted.enabled is False and (lifted or not disabled):
        steps.append(DISABLE)
    return steps


def _state_steps(job: ServicePrint | None, state: str | None) -> list[str]:
    if state == "stopped":
        return [] if job is None else [BOOTOUT]
    if state in LOADING_STATES and job is None:
        return [BOOTSTRAP]
    if state == "reloaded":
        return [BOOTOUT, BOOTSTRAP]
    if state == "restarted":
        return [RESTART]
    if state == "started" and job is not None and not job.running:
        return [KICKSTART]
    return []
