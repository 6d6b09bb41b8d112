#!/usr/bin/python
# Copyright (c) The remote_ollama.mac contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ollama_model
short_description: Pull, load, unload and remove models of Ollama
version_added: 0.1.0
description:
  - Brings a model onto the disk of an Ollama server and into its memory, through the server's HTTP API.
  - What is on the disk and in memory is read before and after. A model that is there is not pulled again.
attributes:
  check_mode:
    support: full
    details:
      - Where Ollama does not answer, because tasks before this one have yet to install or start it, check mode
        reports a change
        and warns.
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: macOS, Linux
options:
  name:
    description:
      - The model, as Ollama names it. C(tiny) and C(tiny:latest) are the same.
    type: str
    required: true
  state:
    description:
      - V(present) means on the disk, pulled from its registry where it is missing.
      - V(resident) means on the disk and in memory, for as long as O(keep_alive) says and with a context of O(context).
      - V(unloaded) means not in memory. On the disk it stays.
      - V(absent) means neither.
    type: str
    choices: [present, resident, unloaded, absent]
    default: present
  url:
    description:
      - Where Ollama listens. No proxy is used.
    type: str
    default: http://127.0.0.1:11434
  context:
    description:
      - Length of the context in tokens, with O(state=present) and O(state=resident). V(0), and the default, leave it
        alone.
      - It is written into the model itself (its parameter C(num_ctx)), so that it holds for every client, also for
        those of
        the OpenAI and Anthropic interfaces, which cannot ask for one. All else in the model stays, only its digest
        changes.
      - A model that is in memory with another context is loaded again with O(state=resident).
      - A model never gets a longer one than it was trained for. A warning says so.
    type: int
    default: 0
  keep_alive:
    description:
      - How long the model stays in memory after its last use, with O(state=resident). Seconds, or a duration such as
        V(24h);
        negative is for ever. By default the server's own C(OLLAMA_KEEP_ALIVE).
      - A duration is renewed once less than half of it is left.
      - Every request to Ollama's native API may carry a C(keep_alive) that replaces this one.
    type: raw
  wait:
    description:
      - Seconds to wait until the server answers, which may just have been started.
    type: int
    default: 60
  timeout:
    description:
      - Seconds that loading or unloading the model may take, and any other single answer of the server.
    type: int
    default: 300
  stall_timeout:
    description:
      - Seconds that a pull may go without any progress. A pull that does progress may take as long as it takes. What
        was fetched is
        kept, and the next pull goes on from there.
    type: int
    default: 300
extends_documentation_fragment:
  - remote_ollama.mac.attributes
author:
  - The remote_ollama.mac contributors (@remote-ollama)
"""

EXAMPLES = r"""
- name: Pull a model
  remote_ollama.mac.ollama_model:
    name: qwen3:32b

- name: Keep a model in memory for ever, with a context of 32768 tokens
  remote_ollama.mac.ollama_model:
    name: qwen3:32b
    state: resident
    context: 32768
    keep_alive: -1
  register: model

- name: Say how long it took
  ansible.builtin.debug:
    msg: >-
      {{ model.name }} was loaded in {{ model.load_seconds }} s, its first token took {{ model.first_token_seconds }}
      s, and it
      stays until {{ model.resident_until }}
  when: model.load_seconds is not none

- name: Keep an embedding model in memory through the working day
  remote_ollama.mac.ollama_model:
    name: nomic-embed-text
    state: resident
    keep_alive: 10h

- name: Make room in memory
  remote_ollama.mac.ollama_model:
    name: llama3.3:70b
    state: unloaded

- name: Remove a model from the disk
  remote_ollama.mac.ollama_model:
    name: llama2
    state: absent
"""

RETURN = r"""
name:
  description: The model's name with its tag.
  returned: success
  type: str
  sample: tiny:latest
digest:
  description: The digest of the model on the disk, null where it is not there.
  returned: success
  type: str
  sample: 365c0bd3c000a25d28ddbf732fe1c6add414de7275464c4e4d1c3b5fcb5d8ad1
size:
  description: Bytes on the disk, null where it is not there.
  returned: success
  type: int
  sample: 645440
pulled:
  description: Whether the model was pulled; in check mode whether it would be.
  returned: success
  type: bool
  sample: true
resident:
  description: Whether the model is in memory; in check mode whether it would be.
  returned: success
  type: bool
  sample: true
context:
  description:
    - Tokens of context with which the model is in memory. Where it is not, those that are written into it, null where
      none are
      or O(context) was not given.
  returned: success
  type: int
  sample: 32768
resident_until:
  description: When the model leaves memory, in UTC, C(forever), or null where it is not in memory. In check mode as
    it is now.
  returned: success
  type: str
  sample: forever
load_seconds:
  description: How long loading took, null where the model was in memory already.
  returned: success
  type: float
  sample: 4.21
first_token_seconds:
  description:
    - How long a short prompt took to its first token after loading. Null where nothing was loaded, and for an
      embedding model.
  returned: success
  type: float
  sample: 0.18
"""

import math
import time
import typing as t
from datetime import datetime, timezone

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.remote_ollama.mac.plugins.module_utils.command import ToolError
from ansible_collections.remote_ollama.mac.plugins.module_utils.ollama import durations, names
from ansible_collections.remote_ollama.mac.plugins.module_utils.ollama.client import (
    ApiError,
    Loaded,
    Model,
    Ollama,
    UnreachableError,
)
from ansible_collections.remote_ollama.mac.plugins.module_utils.waiting import Clock, Deadline

ARGUMENT_SPEC = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "resident", "unloaded", "absent"], "default": "present"},
    "url": {"type": "str", "default": "http://127.0.0.1:11434"},
    "context": {"type": "int", "default": 0},
    "keep_alive": {"type": "raw"},
    "wait": {"type": "int", "default": 60},
    "timeout": {"type": "int", "default": 300},
    "stall_timeout": {"type": "int", "default": 300},
}

# the clocks of this machine and of the server's answer may differ by a little
CLOCK_SKEW = 5.0


class Found(t.NamedTuple):
    """What the server has of the model; ``written`` is the context in the model, looked at only where one is wanted."""

    model: Model | None
    loaded: Loaded | None
    written: int | None = None


class Steps(t.NamedTuple):
    """What there is to do, in this order. ``context`` is the wanted one, or the longest that the model can have."""

    pull: bool = False
    write: bool = False
    load: bool = False
    context: int | None = None

    @property
    def any(self) -> bool:
        return self.pull or self.write or self.load


class Timings(t.NamedTuple):
    """Seconds; None where it was not measured."""

    load: float | None = None
    first_token: float | None = None


class ModelTask:
    """One task about one model."""

    def __init__(self, client: Ollama, options: t.Mapping[str, t.Any], clock: Clock = time) -> None:
        self._client = client
        self._clock = clock
        self.name = names.parse(options["name"]).short
        self._state: str = options["state"]
        self._context: int | None = options["context"] or None
        if options["context"] < 0:
            raise ToolError(f"context has to be a number of tokens, or 0 to leave it alone, not {options['context']}.")
        self._keep_alive = durations.normalize(options["keep_alive"])
        if self._state == "resident" and self._keep_alive is not None and durations.seconds(self._keep_alive) == 0:
            raise ToolError("keep_alive 0 unloads a model at once, which state: resident contradicts.")
        self._wait: int = options["wait"]
        self._timeout: int = options["timeout"]
        self._stall: int = options["stall_timeout"]
        self.warnings: list[str] = []

    def run(self, check_mode: bool) -> dict[str, t.Any]:
        try:
            self._client.await_answer(self._deadline(0 if check_mode else self._wait))
        except UnreachableError as error:
            if not check_mode:
                raise
            self.warnings.append(f"{error.message}. In check mode it is taken for a server that is yet to be started.")
            return self._predicted(Found(None, None), self._unseen())
        before = self._read()
        if self._state == "absent":
            return self._absent(before, check_mode)
        if self._state == "unloaded":
            return self._unloaded(before, check_mode)
        return self._there(before, check_mode)

    def _there(self, before: Found, check_mode: bool) -> dict[str, t.Any]:
        pulls = before.model is None
        if pulls and check_mode:
            return self._predicted(before, self._unseen())
        if pulls:
            self._client.pull(self.name, self._stall)
        steps = self._steps(self._read() if pulls else before, pulls)
        if check_mode:
            return self._predicted(before, steps)
        timings = Timings()
        if steps.write and steps.context is not None:
            self._client.set_context(self.name, steps.context)
        if steps.load:
            timings = self._load(before.loaded, steps.context)
        after = self._read() if steps.any else before
        self._verify(after, steps)
        return self._result(before, after, steps, timings)

    def _steps(self, found: Found, pulled: bool) -> Steps:
        context = self._possible_context()
        return Steps(
            pull=pulled,
            write=context is not None and found.written != context,
            load=self._state == "resident" and not self._is_resident(found.loaded, context),
            context=context,
        )

    def _unseen(self) -> Steps:
        """For a model that is yet to be pulled: nobody knows what it was trained for."""
        return Steps(True, self._context is not None, self._state == "resident", self._context)

    def _absent(self, before: Found, check_mode: bool) -> dict[str, t.Any]:
        if before.model is None:
            return self._result(before, before, Steps())
        if not check_mode:
            self._client.delete(self.name)
            left = self._client.find(self.name)
            if left is not None:
                raise ToolError(f"Ollama accepted that {self.name} be removed, but still has it ({left.digest}).")
        return self._result(before, Found(None, None), Steps(), changed=True)

    def _unloaded(self, before: Found, check_mode: bool) -> dict[str, t.Any]:
        if before.loaded is None:
            return self._result(before, before, Steps())
        if not check_mode:
            self._client.unload(self.name)
            deadline = self._deadline(self._timeout)
            while self._client.loaded(self.name) is not None:
                if not deadline.pause():
                    raise ToolError(
                        f"{self.name} is still in memory {self._timeout} s after it was unloaded: is it in use?"
                    )
        return self._result(before, Found(before.model, None, before.written), Steps(), changed=True)

    def _load(self, loaded: Loaded | None, context: int | None) -> Timings:
        start = self._clock.monotonic()
        deadline = self._deadline(self._timeout)
        try:
            generates = self._client.load(self.name, self._keep_alive, deadline)
        except ApiError as error:
            raise ToolError(f"{self.name} could not be loaded: {error.error}", status=error.status) from None
        load_seconds = self._clock.monotonic() - start
        if loaded is not None and (context is None or loaded.context == context):
            # only its time in memory was changed
            return Timings()
        first = None
        if generates:
            first = self._client.first_token(self.name, self._keep_alive, max(1.0, deadline.remaining))
        return Timings(round(load_seconds, 2), None if first is None else round(first, 2))

    def _possible_context(self) -> int | None:
        """The wanted context, or what the model was trained for where that is less: Ollama would cut it silently."""
        if self._context is None:
            return None
        trained = self._client.context(self.name).trained
        if trained is None or trained >= self._context:
            return self._context
        self.warnings.append(
            f"{self.name} was trained for a context of {trained} tokens, so it gets that, not {self._context}."
        )
        return trained

    def _is_resident(self, loaded: Loaded | None, context: int | None) -> bool:
        if loaded is None or (context is not None and loaded.context not in (None, context)):
            return False
        if self._keep_alive is None:
            return True
        span = durations.seconds(self._keep_alive)
        left = durations.remaining(loaded.expires_at, datetime.now(timezone.utc))
        return left == span if math.inf in (left, span) else span / 2 <= left <= span + CLOCK_SKEW

    def _verify(self, after: Found, steps: Steps) -> None:
        if after.model is None:
            raise ToolError(f"Ollama pulled {self.name} with success, but does not list it.")
        if steps.context is not None and after.written != steps.context:
            raise ToolError(
                f"Ollama accepted the context of {steps.context} tokens for {self.name}, but shows {after.written}."
            )
        if self._state != "resident":
            return
        if after.loaded is None:
            raise ToolError(
                f"{self.name} was loaded, but is not in memory any more: other models may have pushed it out "
                "(OLLAMA_MAX_LOADED_MODELS, or not enough memory)."
            )
        if steps.context is not None and after.loaded.context not in (None, steps.context):
            raise ToolError(
                f"{self.name} has a context of {steps.context} tokens written into it, but is in memory with "
                f"{after.loaded.context}: a client's request with another num_ctx may have come in between."
            )

    def _read(self) -> Found:
        model = self._client.find(self.name)
        wants_context = self._context is not None and self._state in ("present", "resident")
        written = self._client.context(self.name).asked_for if model is not None and wants_context else None
        return Found(model, self._client.loaded(self.name), written)

    def _deadline(self, seconds: float) -> Deadline:
        return Deadline(seconds, self._clock)

    def _predicted(self, before: Found, steps: Steps) -> dict[str, t.Any]:
        """For check mode: what the steps would lead to."""
        loaded = before.loaded
        if steps.load:
            loaded = Loaded(self.name, "", steps.context)
        return self._result(before, Found(before.model, loaded, steps.context or before.written), steps)

    def _result(
        self,
        before: Found,
        after: Found,
        steps: Steps,
        timings: Timings = Timings(),  # noqa: B008 - immutable
        changed: bool = False,
    ) -> dict[str, t.Any]:
        loaded = after.loaded
        expires = loaded.expires_at if loaded is not None else ""
        present = after.model is not None or steps.pull
        return {
            "changed": changed or steps.any,
            "name": self.name,
            "digest": after.model.digest if after.model is not None else None,
            "size": after.model.size if after.model is not None else None,
            "pulled": steps.pull,
            "resident": loaded is not None,
            "context": loaded.context if loaded is not None else after.written,
            "resident_until": durations.until(expires) if expires else None,
            "load_seconds": timings.load,
            "first_token_seconds": timings.first_token,
            "diff": {
                "before": self._picture(before.model is not None, before),
                "after": self._picture(present, after),
            },
        }

    def _picture(self, present: bool, found: Found) -> dict[str, t.Any]:
        """Only what the task is about."""
        picture: dict[str, t.Any] = {"present": present} if self._state != "unloaded" else {}
        wants_context = self._context is not None and self._state in ("present", "resident")
        if wants_context:
            picture["context"] = found.written
        if self._state in ("resident", "unloaded"):
            picture["resident"] = found.loaded is not None
        if self._state == "resident" and wants_context:
            picture["resident_context"] = found.loaded.context if found.loaded is not None else None
        return picture


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        task = ModelTask(Ollama(module.params["url"], module.params["timeout"]), module.params)
        result = task.run(module.check_mode)
    except ToolError as error:
        module.fail_json(msg=error.message, **error.facts)
    for warning in task.warnings:
        module.warn(warning)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
