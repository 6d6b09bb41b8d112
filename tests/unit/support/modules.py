"""Running a module's main() inside a test."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args


def run_module(
    module: ModuleType, capsys: pytest.CaptureFixture[str], arguments: dict[str, Any], check_mode: bool = False
) -> dict[str, Any]:
    """What the module answers, whether it succeeded or failed."""
    with patch_module_args(dict(arguments, _ansible_check_mode=check_mode)), pytest.raises(SystemExit):
        module.main()
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer
