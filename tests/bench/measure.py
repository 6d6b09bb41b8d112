#!/usr/bin/env python3
"""Measures the lab and the first two converges, and prints a Markdown table.

    .venv/bin/python tests/bench/measure.py [--macs 2] [--cold DIRECTORY]

Takes the running lab down, and leaves a converged one behind. With ``--cold`` the lab's programs are built anew into
that (empty) directory first. What is printed names neither this machine nor a path of it.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PROC = Path("/proc")
STATE = Path("/run/remote_ollama_lab")


@dataclasses.dataclass
class Row:
    what: str
    value: str


def timed(*argv: str | Path, environment: dict[str, str]) -> float:
    """Seconds that ``argv`` takes; what it says is shown only when it fails."""
    print(f"measuring: {' '.join(Path(word).name if Path(word).is_absolute() else str(word) for word in argv)}",
          file=sys.stderr, flush=True)  # fmt: skip
    begin = time.monotonic()
    ran = subprocess.run(
        argv, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    seconds = time.monotonic() - begin
    if ran.returncode:
        raise SystemExit(f"{argv} ended with {ran.returncode}:\n{ran.stdout}")
    return seconds


def namespace(pid: int | str) -> str:
    return str((PROC / str(pid) / "ns" / "pid").readlink())


def processes_of(host: str) -> list[int]:
    """The processes of a host: those in the pid namespace that ``lab exec`` enters, without this one."""
    inside = subprocess.run(
        [BIN / "lab", "exec", host, "--", "/.lab/linux/bin/readlink", "/proc/1/ns/pid"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    found = []
    for directory in PROC.iterdir():
        if directory.name.isdigit():
            try:
                if namespace(directory.name) == inside:
                    found.append(int(directory.name))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile
            except PermissionError:
                continue  # of the machine's own keeper, whom not even root may look at: none of the lab's
    return found


def proportional_set_size(pids: list[int]) -> int:
    """Bytes, each shared page counted by its share."""
    total = 0
    for pid in pids:
        try:
            lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def disk_of(host: str) -> int:
    """Bytes of a Mac's own layer, which lies in memory."""
    total = 0
    for directory, _, names in os.walk(STATE / "hosts" / host):
        for name in names:
            path = Path(directory, name)
            if path.is_file() and not path.is_symlink():
                total += path.stat().st_blocks * 512
    return total


def megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def seconds(value: float) -> str:
    return f"{value:.1f} s"


def is_of_ollama(pid: int) -> bool:
    try:
        return b"llama" in (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def memory_of(host: str) -> str:
    pids, disk = processes_of(host), disk_of(host)
    ollama = proportional_set_size([pid for pid in pids if is_of_ollama(pid)])
    others = proportional_set_size([pid for pid in pids if not is_of_ollama(pid)])
    said = f"{megabytes(others + disk)} (processes {megabytes(others)}, disk {megabytes(disk)})"
    return f"{said}, and {megabytes(ollama)} for Ollama and its engines" if ollama else said


def machine() -> str:
    # the rest of a release names whose build it is
    kernel = ".".join(platform.release().split(".")[:2])
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{os.cpu_count()} cores, {pages / 2**30:.0f} GB of memory, {platform.system()} {kernel}"


def measure(macs: int, cold: Path | None) -> list[Row]:
    lab = BIN / "lab"
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "ANSIBLE_NOCOLOR": "1"}
    rows = []
    timed(lab, "down", environment=environment)
    if cold:
        built = timed(lab, "up", "--macs", str(macs), environment={**environment, "REMOTE_OLLAMA_CACHE": str(cold)})
        rows.append(Row(f"first `lab up` of {macs} Macs, all programs built", seconds(built)))
        timed(lab, "down", environment=environment)
    up = timed(lab, "up", "--macs", str(macs), environment=environment)
    rows.append(Row(f"`lab up` of {macs} Macs, programs built before", seconds(up)))
    rows.append(Row("`lab up` again, nothing to do", seconds(timed(lab, "up", environment=environment))))
    rows.append(Row("an idle Mac, before its first converge", memory_of("maca")))
    more = timed(lab, "up", "--macs", str(macs + 1), environment=environment)
    rows.append(Row("a further Mac", seconds(more)))
    rows.append(Row("`lab down`", seconds(timed(lab, "down", environment=environment))))
    timed(lab, "up", "--macs", str(macs), environment=environment)

    site = (BIN / "ansible-playbook", "-i", "inventory/lab.yml", "site.yml")
    rows.append(Row(f"first converge of {macs} Macs", seconds(timed(*site, environment=environment))))
    rows.append(Row("second converge, changed=0", seconds(second_converge(site, environment))))
    rows.append(Row("a converged Mac, two models in memory", memory_of("maca")))
    rows.append(Row("`lab reboot maca`, until its chat answers again", seconds(reboot(lab, environment))))
    return rows


def second_converge(site: tuple[str | Path, ...], environment: dict[str, str]) -> float:
    begin = time.monotonic()
    ran = subprocess.run(site, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    took = time.monotonic() - begin
    recap = [line for line in ran.stdout.splitlines() if "changed=" in line]
    if ran.returncode or not recap or not all("changed=0 " in line for line in recap):
        raise SystemExit(f"the second converge was not quiet:\n{ran.stdout[-4000:]}{ran.stderr}")
    return took


def reboot(lab: Path, environment: dict[str, str]) -> float:
    """Seconds from the reboot to a chat answer at the client."""
    body = '{"model": "tiny", "max_tokens": 4, "messages": [{"role": "user", "content": "hello"}]}'
    url = "http://maca:11434/v1/chat/completions"
    ask = (lab, "exec", "client", "--", "curl", "-sf", "-m", "2", "-o", "/dev/null", "--json", body, url)
    begin = time.monotonic()
    timed(lab, "reboot", "maca", environment=environment)
    deadline = begin + 120
    while subprocess.run(ask, env=environment, stderr=subprocess.DEVNULL).returncode:
        if time.monotonic() > deadline:
            raise SystemExit("no chat answer within two minutes of the reboot")
    return time.monotonic() - begin


def empty_directory(text: str) -> Path:
    path = Path(text or tempfile.mkdtemp())
    path.mkdir(parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise argparse.ArgumentTypeError(f"{path} is not empty")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--macs", type=int, default=2)
    parser.add_argument("--cold", type=empty_directory, metavar="DIRECTORY")
    given = parser.parse_args()
    rows = measure(given.macs, given.cold)
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    print(f"Measured on {day}: {machine()}.\n\n| what | measured |\n|---|---|")
    print("\n".join(f"| {row.what} | {row.value} |" for row in rows))


if __name__ == "__main__":
    main()
