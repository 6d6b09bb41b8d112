"""A factory-new Mac's files, written into the upper layer of an overlay over the machine's own root."""

from __future__ import annotations

import os
import plistlib
import shutil
import stat
import sysconfig
from pathlib import Path
from typing import Any

from lab.mac import accounts
from lab.mac import spec as spec_module
from lab.mac.pmset_store import factory_preferences, write_preferences
from lab.mac.spec import MacSpec
from lab.mac.tool import launcher

TEMPLATES = Path(__file__).parent / "templates"
ROOT, WHEEL, ADMIN, STAFF, ADMIN_GROUP = 0, 0, 501, 20, 80

# What of the machine's own root a Mac keeps seeing: programs and libraries, and what the boot mounts over.
_KEPT_IN_ROOT = {"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "proc", "sys", "dev", "run", "tmp", ".lab"}
_EMPTIED = ("etc", "var", "opt", "usr/local", "usr/games", "usr/src", "usr/include")
_COPIED_FROM_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "services", "protocols", "ssl/openssl.cnf")


class Disk:
    """Writes with the owner and mode that each thing has on a Mac, whatever the umask."""

    def __init__(self, upper: Path) -> None:
        self.upper = upper

    def directory(self, path: str, mode: int = 0o755, uid: int = ROOT, gid: int = WHEEL) -> None:
        target = self.upper / path
        target.mkdir(parents=True, exist_ok=True)
        os.chown(target, uid, gid)
        target.chmod(mode)

    def emptied(self, path: str) -> None:
        """A directory that shows nothing of what lies under it in the machine's root."""
        self.directory(path)
        os.setxattr(self.upper / path, "trusted.overlay.opaque", b"y")

    def hidden(self, path: str) -> None:
        os.mknod(self.upper / path, stat.S_IFCHR, os.makedev(0, 0))

    def file(self, path: str, content: str | bytes, mode: int = 0o644, uid: int = ROOT, gid: int = WHEEL) -> None:
        target = self.upper / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        os.chown(target, uid, gid)
        target.chmod(mode)

    def link(self, path: str, to: str, uid: int = ROOT, gid: int = WHEEL) -> None:
        target = self.upper / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(to)
        os.chown(target, uid, gid, follow_symlinks=False)

    def plist(self, path: str, value: Any, mode: int = 0o644) -> None:
        self.file(path, plistlib.dumps(value), mode)

    def template(self, path: str, name: str, mode: int = 0o644) -> None:
        self.file(path, (TEMPLATES / name).read_text(encoding="utf-8"), mode)


def install(upper: Path, spec: MacSpec) -> None:
    """Writes the whole disk of a new Mac. Needs root: owners and overlay marks are part of it."""
    disk = Disk(upper)
    upper.chmod(0o755)
    _hide_the_machine(disk)
    _system(disk, spec)
    _accounts(disk, spec)
    _network(disk, spec)
    _remote_login(disk)
    _trust(disk, spec)
    if spec.developer_tools:
        _developer_tools(disk, spec)
    if spec.homebrew:
        _homebrew(disk)
    spec_module.save(spec, upper)


def _hide_the_machine(disk: Disk) -> None:
    for name in sorted(set(os.listdir("/")) - _KEPT_IN_ROOT - set(_EMPTIED)):
        disk.hidden(name)
    for path in _EMPTIED:
        disk.emptied(path)
    for name in _COPIED_FROM_ETC:
        source, target = Path("/etc", name), disk.upper / "etc" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.exists():
            shutil.copy2(source, target)
    _shared_python(disk)


def _shared_python(disk: Disk) -> None:
    """The bound pythons may be linked against a libpython whose own place a Mac does not have."""
    own = sysconfig.get_config_var("LDVERSION")
    libraries = f"usr/lib/{sysconfig.get_config_var('MULTIARCH') or ''}"
    for minor in range(9, 16):
        version = f"3.{minor}"
        home = "/.lab/python" if version == own else "/.lab/clt"
        name = f"libpython{version}.so.1.0"
        disk.link(f"{libraries}/{name}", f"{home}/lib/{name}")


def _system(disk: Disk, spec: MacSpec) -> None:
    for path in (
        "Applications", "Library", "Library/Application Support", "Library/LaunchAgents", "Library/LaunchDaemons",
        "Library/Logs", "Library/Preferences", "System/Library/CoreServices", "System/Library/LaunchAgents",
        "System/Library/LaunchDaemons", "System/Volumes/Data", "Users", "Volumes", "private", "cores", "var/db",
        "var/db/com.apple.xpc.launchd", "var/empty", "var/folders", "var/log", "var/spool", "var/vm", "usr/libexec",
    ):  # fmt: skip
        disk.directory(path)
    disk.directory("Users/Shared", 0o1777)
    disk.directory("var/tmp", 0o1777)
    disk.directory("var/root", 0o750)
    disk.link("var/run", "../run")
    for name in ("etc", "var", "tmp"):
        disk.link(f"private/{name}", f"../{name}")
    disk.link("etc/localtime", "/usr/share/zoneinfo/UTC")
    disk.plist(
        "System/Library/CoreServices/SystemVersion.plist",
        {
            "BuildID": "5F0F2B4E-2A4C-11F1-9D3C-3B1E5C0F7A10",
            "ProductBuildVersion": spec.build,
            "ProductCopyright": "1983-2026 Apple Inc.",
            "ProductName": "macOS",
            "ProductUserVisibleVersion": spec.product_version,
            "ProductVersion": spec.product_version,
            "iOSSupportVersion": spec.product_version,
        },
    )
    disk.file("etc/paths", "/usr/local/bin\n/System/Cryptexes/App/usr/bin\n/usr/bin\n/bin\n/usr/sbin\n/sbin\n")
    disk.directory("etc/paths.d")
    disk.file("etc/shells", "".join(f"/bin/{name}\n" for name in ("bash", "csh", "dash", "ksh", "sh", "tcsh", "zsh")))
    disk.template("etc/profile", "profile")
    disk.template("etc/newsyslog.conf", "newsyslog.conf")
    disk.directory("etc/newsyslog.d")
    disk.template("usr/libexec/path_helper", "path_helper", 0o755)
    disk.file("usr/libexec/ApplicationFirewall/socketfilterfw", launcher("socketfilterfw"), 0o755)
    disk.plist("var/db/com.apple.xpc.launchd/disabled.plist", {"com.apple.ftpd": True, "com.openssh.sshd": False})
    write_preferences(disk.upper, factory_preferences(spec.power))


def _accounts(disk: Disk, spec: MacSpec) -> None:
    admin_hash = accounts.hash_password(spec.sudo_password) if spec.sudo_password else None
    accounts.Directory.factory_new(disk.upper, admin_hash, login_shell()).save()
    disk.file("etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n")
    disk.directory("Users/admin", 0o750, ADMIN, STAFF)
    for name in ("Desktop", "Documents", "Downloads", "Library"):
        disk.directory(f"Users/admin/{name}", 0o700, ADMIN, STAFF)
    for name in ("Application Support", "Caches", "Logs", "Preferences"):
        disk.directory(f"Users/admin/Library/{name}", 0o700, ADMIN, STAFF)
    disk.directory("Users/admin/.ssh", 0o700, ADMIN, STAFF)
    disk.file("Users/admin/.ssh/authorized_keys", spec.admin_public_key.rstrip() + "\n", 0o600, ADMIN, STAFF)
    disk.template("etc/sudoers", "sudoers", 0o440)
    disk.directory("etc/sudoers.d")
    if spec.sudo_password is None:
        disk.file("etc/sudoers.d/admin", "admin ALL = (ALL) NOPASSWD: ALL\n", 0o440)
    for service in ("sudo", "su", "other"):
        disk.template(f"etc/pam.d/{service}", f"pam.{service}")


def login_shell() -> str:
    """macOS gives its people zsh; where the machine has none, bash stands for it."""
    return "/bin/zsh" if Path("/usr/bin/zsh").exists() else "/bin/bash"


def _network(disk: Disk, spec: MacSpec) -> None:
    own = f"{spec.name} {spec.name}.local"
    lines = ["127.0.0.1\tlocalhost", "255.255.255.255\tbroadcasthost", "::1\tlocalhost"]
    lines += [f"{spec.lan_ip}\t{own}"] + ([f"{spec.lan_ip6}\t{own}"] if spec.lan_ip6 else [])
    lines += [f"{address}\t{name}" for name, address in spec.hosts.items()]
    disk.file("etc/hosts", "\n".join(lines) + "\n")
    disk.file("etc/resolv.conf", "")
    disk.plist(
        "Library/Preferences/SystemConfiguration/preferences.plist",
        {"System": {"System": {"ComputerName": spec.name}, "Network": {"HostNames": {"LocalHostName": spec.name}}}},
    )


def _remote_login(disk: Disk) -> None:
    disk.template("etc/ssh/sshd_config", "sshd_config")
    disk.template("usr/libexec/sshd-keygen-wrapper", "sshd-keygen-wrapper", 0o755)
    disk.link("usr/libexec/sftp-server", "/usr/lib/openssh/sftp-server")
    disk.template("System/Library/LaunchDaemons/ssh.plist", "ssh.plist")


def _trust(disk: Disk, spec: MacSpec) -> None:
    """Every TLS library of the machine reads one of these two names, whichever place it was built to look in."""
    machine = Path("/etc/ssl/certs/ca-certificates.crt")
    bundle = machine.read_bytes() if machine.exists() else b""
    disk.file("etc/ssl/certs/ca-certificates.crt", bundle.rstrip(b"\n") + b"\n" + spec.ca_pem.encode())
    disk.link("etc/ssl/cert.pem", "certs/ca-certificates.crt")
    if not Path("/usr/lib/ssl/cert.pem").is_symlink():
        disk.link("usr/lib/ssl/cert.pem", "/etc/ssl/cert.pem")


def _developer_tools(disk: Disk, spec: MacSpec) -> None:
    """Apple's python3 is the machine's 3.9 behind a virtual environment that makes it say Darwin."""
    prefix = "Library/Developer/CommandLineTools/usr"
    disk.directory("Library/Developer/CommandLineTools")
    disk.link(f"{prefix}/bin/python3", "/.lab/clt/bin/python3")
    disk.file(f"{prefix}/pyvenv.cfg", "home = /.lab/clt/bin\ninclude-system-site-packages = false\n")
    packages = f"{prefix}/lib/python3/site-packages"
    source = (TEMPLATES / "apple_platform.py").read_text(encoding="utf-8")
    source = source.replace("@release@", spec.darwin).replace("@version@", spec.kernel_version())
    disk.file(f"{packages}/apple_platform.py", source)
    disk.template(f"{packages}/_scproxy.py", "_scproxy.py")
    disk.file(f"{packages}/apple_platform.pth", "import apple_platform\n")
    for minor in range(9, 16):
        disk.link(f"{prefix}/lib/python3.{minor}", "python3")


def _homebrew(disk: Disk) -> None:
    disk.directory("opt/homebrew", 0o755, ADMIN, ADMIN_GROUP)
    for name in (
        "Caskroom", "Cellar", "Frameworks", "Library", "Library/Taps", "bin", "etc", "include", "lib", "opt", "sbin",
        "share", "var", "var/homebrew", "var/homebrew/linked", "var/log",
    ):  # fmt: skip
        disk.directory(f"opt/homebrew/{name}", 0o775, ADMIN, ADMIN_GROUP)
    disk.file("opt/homebrew/bin/brew", launcher("brew"), 0o755, ADMIN, ADMIN_GROUP)
