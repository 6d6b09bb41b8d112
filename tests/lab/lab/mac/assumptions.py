"""Where no source says what a real Mac does, or the lab's machine cannot do it: what is taken for true here.

``python -m lab.mac.assumptions`` prints the list. Each is to be checked on a real Mac one day.
"""

from __future__ import annotations

import dataclasses

from lab.mac.pmset_store import APPLIES_AFTER


@dataclasses.dataclass(frozen=True)
class Assumption:
    """``where`` is the module that relies on it."""

    where: str
    question: str
    taken: str


ASSUMPTIONS = (
    # launchd
    Assumption(
        "launch/domain.py",
        "bootstrap of a disabled label gives 119 or 5; both were seen",
        "119, Service is disabled",
    ),
    Assumption(
        "launch/definition.py",
        "bootstrap of a list with wrong owner or mode gives 122 or 5; no capture of the number is clean",
        "122 from bootstrap; load prints the same text and exits 0",
    ),
    Assumption("launch/domain.py", "bootstrap of a path that does not exist gives 5 or 2", "5"),
    Assumption(
        "launch/core.py",
        "gui/<uid> of an account that nobody is logged in with answers 125 or 112",
        "125 for an account that exists, 112 for a uid that does not",
    ),
    Assumption("launch/core.py", "the error of a request to system by somebody who is not root is 1 or 5", "1"),
    Assumption(
        "launch/domain.py",
        "bootstrap into gui/<uid> of a list whose LimitLoadToSessionType has no Aqua",
        "134, Service cannot load in requested session",
    ),
    Assumption(
        "launch/domain.py",
        "when user/<uid> comes into being without a login",
        "the first time that it is spoken of; nothing is loaded into it by itself",
    ),
    Assumption(
        "launch/job.py",
        "which signal kickstart -k sends",
        "SIGTERM, and SIGKILL after the exit timeout; the new instance is not throttled",
    ),
    Assumption(
        "launch/job.py",
        "when the exponential back-off of a crashing job begins",
        "after five crashes in a row: the minimum runtime doubles with each, up to 1200 seconds",
    ),
    Assumption(
        "launch/job.py",
        "a program that cannot be started, of a job without KeepAlive",
        "one attempt, last exit code = 78: EX_CONFIG; with KeepAlive it is tried again at the throttled pace",
    ),
    Assumption(
        "launch/job.py",
        "a UserName that does not exist",
        "bootstrap succeeds, each start fails with 78: EX_CONFIG",
    ),
    Assumption(
        "launch/job.py",
        "what ends the rest of a job's process group",
        "SIGKILL, the moment the job's own process has ended, unless AbandonProcessGroup is set",
    ),
    Assumption(
        "launch/job.py",
        "the immediate reason of starts by KeepAlive, by interval and by calendar",
        "inefficient (KeepAlive true), semaphore (a dictionary), non-ipc demand (the others)",
    ),
    Assumption("launch/job.py", "how soon PathState is noticed", "within half a second"),
    Assumption(
        "launch/spawn.py",
        "the environment of a daemon with UserName",
        "HOME, USER, LOGNAME and SHELL of the account are set",
    ),
    Assumption(
        "launch/spawn.py",
        "who opens StandardOutPath and StandardErrorPath of a daemon with UserName",
        "missing folders are made by root with mode 0766 less the umask, the file is opened as the user; "
        "where that fails the job does not start (78)",
    ),
    Assumption(
        "launch/dump.py",
        "the header of `print gui/<uid>` between creator and services, and that of `print system`",
        "the lines that captures show, in the order of one of them",
    ),
    Assumption("launch/dump.py", "the names under which PathState and OtherJobEnabled are printed", "guessed"),
    Assumption("launch/dump.py", "the base in which print shows a umask", "octal, without a leading zero"),
    Assumption("launch/dump.py", "an empty list of overrides", "disabled services = (no disabled services)"),
    Assumption(
        "templates/ssh.plist",
        "sshd is started by a socket and shows state = not running while it is idle",
        "it runs all the time, by KeepAlive; launchd's Sockets are not simulated",
    ),
    # power
    Assumption(
        "pmset_store.py", "how long powerd takes to apply a setting", f"{APPLIES_AFTER} s, for -g and -g custom alike"
    ),
    Assumption(
        "tools/pmset.py",
        "the place of autorestartatconnect in `pmset -g cap`",
        "after autorestart",
    ),
    Assumption(
        "tools/pmset.py",
        "lowpowermode and powermode where a Mac shows the other of the two",
        "either name sets the one that is shown",
    ),
    Assumption(
        "pmset_store.py",
        "a pmset that lets the Mac sleep",
        "has no effect: a simulated Mac does not sleep",
    ),
    Assumption("tools/pmset.py", "the name in pmset's complaints", "pmset, however it was called"),
    # accounts, files, network
    Assumption("tools/dscl.py", "where `No such key` is printed, and the exit status", "stderr, 0"),
    Assumption(
        "tools/dseditgroup.py", "create of a group that exists asks whether to overwrite it", "refused as not simulated"
    ),
    Assumption(
        "tools/plutil.py",
        "the sentences for a file that is no property list",
        "Apple's where they are known, in parentheses after the path; exit status 1",
    ),
    Assumption(
        "disk.py",
        "/etc, /var and /tmp are links into /private",
        "the other way round: /private holds links to them, so a resolved path lacks /private",
    ),
    Assumption("disk.py", "sudo's secure_path", "none, as macOS' sudoers has none: sudo keeps the caller's PATH"),
    Assumption(
        "disk.py", "the login shell is zsh", "zsh where the machine has one, else bash, for both read what roles send"
    ),
    Assumption("userland.py", "/bin/sh and /bin/bash are bash 3.2", "the machine's own bash; sh is bash by that name"),
    Assumption(
        "bsd.py",
        "the behaviour behind a flag that GNU's and Apple's programs share",
        "GNU's; flags that only Apple has (ls -@, chmod +a, tail -r) are refused",
    ),
    Assumption("disk.py", "a new file's group is that of its folder", "that of its maker, as on Linux"),
    Assumption(
        "tools/ifconfig.py",
        "hardware: media, options, thread of addresses",
        "fixed words from captures; addresses and states are the real interfaces'",
    ),
    Assumption(
        "tools/who.py",
        "who -b shows the minute of the last start",
        "it shows the second, for a simulated Mac is up again within the minute",
    ),
    Assumption(
        "tools/lsof.py",
        "lsof 4.91 of macOS and lsof of the machine answer alike about TCP sockets",
        "yes, but for the column DEVICE",
    ),
    # Homebrew, Tailscale
    Assumption(
        "homebrew/formulae.py",
        "formulae have dependencies and service files",
        "none; a keg holds the programs alone, `brew services` is refused as not simulated",
    ),
    Assumption(
        "homebrew/formulae.py",
        "where Homebrew gets its bottles",
        "from the lab's own builds: brew works while the Mac is cut off from the internet",
    ),
    Assumption(
        "tools/tailscale.py",
        "the client of macOS and that of Linux differ",
        "in the operating system's name, in the words for an unreachable daemon, in netfilter; nothing else is changed",
    ),
    Assumption(
        "homebrew/formulae.py",
        "tailscaled of macOS writes /etc/resolver, that of Linux /etc/resolv.conf",
        "as on Linux: names of the tailnet resolve, by another file",
    ),
)


def main() -> None:
    for assumption in ASSUMPTIONS:
        print(f"{assumption.where}: {assumption.question}\n    taken here: {assumption.taken}")


if __name__ == "__main__":
    main()
