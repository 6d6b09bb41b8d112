"""launchd's error numbers and their texts."""

from __future__ import annotations

EPERM, ENOENT, ESRCH, EIO, EINPROGRESS = 1, 2, 3, 5, 36
NO_DOMAIN, NO_SERVICE, DISABLED, BAD_OWNERSHIP = 112, 113, 119, 122
TEARING_DOWN, UNSUPPORTED_ACTION, WRONG_SESSION = 124, 125, 134

_POSIX = {
    1: "Operation not permitted",
    2: "No such file or directory",
    3: "No such process",
    5: "Input/output error",
    9: "Bad file descriptor",
    12: "Cannot allocate memory",
    13: "Permission denied",
    17: "File exists",
    20: "Not a directory",
    21: "Is a directory",
    22: "Invalid argument",
    36: "Operation now in progress",
    37: "Operation already in progress",
    45: "Operation not supported",
    64: "Host is down",
    78: "Function not implemented",
}

_FIRST_OWN = 107
_OWN = (
    "Malformed bundle",
    "Invalid path",
    "Invalid property list",
    "Invalid or missing service identifier",
    "Invalid or missing Program/ProgramArguments",
    "Could not find specified domain",
    "Could not find specified service",
    "The specified username does not exist",
    "The specified group does not exist",
    "Routine not yet implemented",
    "(n/a)",
    "Bad response from server",
    "Service is disabled",
    "Bad subsystem destination for request",
    "Path not searched for services",
    "Path had bad ownership/permissions",
    "Path is whitelisted for domain",
    "Domain is tearing down",
    "Domain does not support specified action",
    "Request type is no longer supported",
    "The specified service did not ship with the operating system",
    "The specified path is not a bundle",
    "The service was superseded by a later version",
    "The system encountered a condition where behavior was undefined",
    "Out of order requests",
    "Request for stale data",
    "Multiple errors were returned; see stderr",
    "Service cannot load in requested session",
    "Process is not managed",
    "Action not allowed on singleton service",
    "Service does not support the specified action",
    "Service cannot be loaded on this hardware",
    "Service cannot presently execute",
    "Service name is reserved or invalid",
    "Reentrancy avoided",
    "Operation only supported on development build",
    "Requested entry was cached",
    "Requestor lacks required entitlement",
    "Endpoint is hidden",
    "Domain is in on-demand-only mode",
    "The specified service did not ship in the requestor",
    "The specified service path was not in the service cache",
    "Could not find a bundle of the given identifier through LaunchServices",
    "Operation not permitted while System Integrity Protection is engaged",
    "A complete hack",
    "Service cannot load in current boot environment",
    "Completely unexpected error",
    "Requestor is not a platform binary",
    "Refusing to execute/trust quarantined program/file",
    "Domain creation with that UID is not allowed anymore",
    "System service is not in system service whitelist",
    "Service cannot be loaded on current os variant",
    "Sandbox restriction",
)
_MEASURED = {161: "Service cannot be launched because of BTM policy"}

SYSEXITS = {
    64: "EX_USAGE",
    65: "EX_DATAERR",
    66: "EX_NOINPUT",
    67: "EX_NOUSER",
    68: "EX_NOHOST",
    69: "EX_UNAVAILABLE",
    70: "EX_SOFTWARE",
    71: "EX_OSERR",
    72: "EX_OSFILE",
    73: "EX_CANTCREAT",
    74: "EX_IOERR",
    75: "EX_TEMPFAIL",
    76: "EX_PROTOCOL",
    77: "EX_NOPERM",
    78: "EX_CONFIG",
}

# What Darwin calls the signals in "last terminating signal".
SIGNAL_TEXTS = {
    1: "Hangup",
    2: "Interrupt",
    3: "Quit",
    4: "Illegal instruction",
    5: "Trace/BPT trap",
    6: "Abort trap",
    8: "Floating point exception",
    9: "Killed",
    10: "Bus error",
    11: "Segmentation fault",
    12: "Bad system call",
    13: "Broken pipe",
    14: "Alarm clock",
    15: "Terminated",
    30: "User defined signal 1",
    31: "User defined signal 2",
}


def text(number: int) -> str:
    if number in _MEASURED:
        return _MEASURED[number]
    if _FIRST_OWN <= number < _FIRST_OWN + len(_OWN):
        return _OWN[number - _FIRST_OWN]
    return _POSIX.get(number, f"Unknown error: {number}")


class LaunchError(Exception):
    """A request that launchd refuses, by number."""

    def __init__(self, number: int, log: str = "") -> None:
        super().__init__(f"{number}: {text(number)}" + (f" ({log})" if log else ""))
        self.number = number
        self.log = log


class Unsimulated(Exception):
    """Something a real launchd does and this one does not: said loudly instead of being half done."""
