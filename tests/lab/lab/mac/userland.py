"""/usr/bin and /usr/sbin of a simulated Mac: what a Mac has and nothing else.

A name is one of three things: the machine's own program where it behaves as on a Mac, the machine's program behind a
guard that takes BSD's flags only, or a simulated tool. What is missing on the machine is missing here.
"""

from __future__ import annotations

import compileall
import os
from pathlib import Path

from lab.mac import bsd
from lab.mac.tool import launcher

_LINUX = {"bin": Path("/usr/bin"), "sbin": Path("/usr/sbin")}
_SEEN_AS = {"bin": "/.lab/linux/bin", "sbin": "/.lab/linux/sbin"}

# On a Mac too, and used with the flags that both sides know.
AS_IS = {
    "bin": """
        [ awk bash bc bunzip2 bzcat bzip2 clear cmp comm csh curl dash dc diff dirname basename echo ed env expand expr
        false file fold funzip getconf getopt gunzip gzip hexdump iconv infocmp join jq kill ksh less locale logger
        logname look m4 make more nice nohup od openssl paste patch perl pr printenv printf pwd rsync screen script
        seq sh shasum sleep sqlite3 ssh ssh-add ssh-agent ssh-keygen ssh-keyscan scp sftp strings stty su sudo sum sync
        tar tee test time tput true tsort tty unexpand uniq unzip vi vim wait4path whoami which write xargs
        xxd yes zcat zdiff zgrep zip zipinfo zsh
    """,
    "sbin": "sshd visudo chroot",
}

# Where a Mac keeps a tool that this project simulates.
SIMULATED = {
    "bin": """
        arch base64 caffeinate csrutil date defaults dscl fdesetup hostname id launchctl mktemp plutil pmset ps readlink
        sed stat sw_vers uname uptime vm_stat who xcode-select
    """,
    "sbin": """
        dseditgroup halt ifconfig lsof md5 netstat reboot route scutil shutdown softwareupdate sysctl system_profiler
        systemsetup
    """,
}
# Behind a guard, and in /usr/sbin on a Mac.
_GUARDED_IN_SBIN = ("chown",)

# Apple's python3 is a stub that starts the one of the developer tools, or says that there are none.
_STUB = "/.lab/sim/lab/mac/templates/developer-tool-stub"


def build(bin_dir: Path, sbin_dir: Path) -> None:
    """Fills two empty directories, shared read-only by every Mac."""
    directories = {"bin": bin_dir, "sbin": sbin_dir}
    for kind, directory in directories.items():
        directory.mkdir(parents=True, exist_ok=True)
        for name in AS_IS[kind].split():
            if target := _on_the_machine(name):
                (directory / name).symlink_to(target)
        for name in SIMULATED[kind].split():
            _script(directory / name, launcher(name))
    for name, options in bsd.GUARDED.items():
        if target := _on_the_machine(name):
            _script((sbin_dir if name in _GUARDED_IN_SBIN else bin_dir) / name, bsd.guard(name, target, options))
    (bin_dir / "sh").unlink(missing_ok=True)
    (bin_dir / "sh").symlink_to("bash")
    (bin_dir / "python3").symlink_to(_STUB)
    compileall.compile_dir(Path(__file__).parent, quiet=1)


def _script(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def _on_the_machine(name: str) -> str | None:
    """The program behind a name, past the links of the machine's own alternatives system."""
    for directory in _LINUX.values():
        if (directory / name).exists():
            real = Path(os.path.realpath(directory / name))
            for other, place in _LINUX.items():
                if real.parent == place or real.parent == Path("/" + other):
                    return f"{_SEEN_AS[other]}/{real.name}"
            return str(real)
    return None
