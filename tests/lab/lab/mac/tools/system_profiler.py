"""system_profiler: the hardware overview, and what happens after a power failure."""

from __future__ import annotations

import json
from pathlib import Path

from lab.mac import pmset_store, spec, unknown


def main(arguments: list[str]) -> int:
    words = [argument for argument in arguments if argument not in ("-json", "-detailLevel", "mini", "basic", "full")]
    as_json = "-json" in arguments
    if words == ["SPHardwareDataType"]:
        _hardware(as_json)
        return 0
    if words == ["SPPowerDataType"] and not as_json:
        _power()
        return 0
    return unknown.refuse("system_profiler", " ".join(arguments) or "everything")


def _hardware(as_json: bool) -> None:
    mac = spec.load()
    memory = f"{mac.memory_bytes >> 30} GB"
    if as_json:
        overview = {
            "_name": "hardware_overview",
            "activation_lock_status": "activation_lock_disabled",
            "boot_rom_version": "13822.61.10",
            "chip_type": mac.chip,
            "machine_model": mac.model,
            "machine_name": mac.model_name,
            "number_processors": f"proc {mac.cores}:{mac.performance_cores}:{mac.efficiency_cores}",
            "os_loader_version": "13822.61.10",
            "physical_memory": memory,
        }
        print(json.dumps({"SPHardwareDataType": [overview]}, indent=2, separators=(",", " : ")))
        return
    cores = f"{mac.cores} ({mac.performance_cores} performance and {mac.efficiency_cores} efficiency)"
    print("Hardware:\n\n    Hardware Overview:\n")
    for key, value in (("Model Name", mac.model_name), ("Model Identifier", mac.model), ("Chip", mac.chip),
                       ("Total Number of Cores", cores), ("Memory", memory)):  # fmt: skip
        print(f"      {key}: {value}")
    print()


def _power() -> None:
    preferences = pmset_store.read_preferences(Path("/"))
    restarts = preferences["profiles"][pmset_store.AC].get("autorestart", 0)
    print("Power:\n\n    System Power Settings:\n\n      AC Power:")
    print(f"          Automatic Restart on Power Loss: {'Yes' if restarts else 'No'}\n")
