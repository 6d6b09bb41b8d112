"""uptime."""

from __future__ import annotations

import os
import time

from lab.mac import options, processes


def main(arguments: list[str]) -> int:
    options.parse("uptime", arguments, "", "usage: uptime")
    minutes = int(time.time() - processes.boot_time()) // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    up = f"{days} day{'s' if days > 1 else ''}, " if days else ""
    up += f"{hours}:{rest:02d}" if hours else f"{rest} min{'s' if rest != 1 else ''}"
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"{time.strftime('%k:%M')}  up {up}, 0 users, load averages: {load}")
    return 0
