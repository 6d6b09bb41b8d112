"""The lab's tailnet policy, widened for a while."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

from .vantage import Vantage

POLICY = "/run/lab/headscale/policy.hujson"
EVERYBODY = {"src": ["*"], "dst": ["tag:llm"], "ip": ["tcp:11434"]}


def _put(control: Vantage, policy: str) -> None:
    control.check("tee", POLICY, stdin=policy)
    control.check("kill", "-HUP", control.check("pgrep", "-x", "headscale").strip())


@contextlib.contextmanager
def everybody_may_connect() -> Iterator[None]:
    """Whoever is in the tailnet reaches the models, as in a tailnet without a policy."""
    control = Vantage("control")
    before = control.check("cat", POLICY)
    policy = json.loads(before)
    policy["grants"].append(EVERYBODY)
    try:
        _put(control, json.dumps(policy))
        yield
    finally:
        _put(control, before)
