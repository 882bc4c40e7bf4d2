"""What programs say where a call of theirs failed: which call that most likely was.

A message names no arguments.  So it answers nothing; it is told how to ask.
"""

from __future__ import annotations

import re
from shlex import quote

from checker.strace.facts import error_in

_STRACE = "strace -f -o LOG -e trace=clone,clone3,fork,vfork,unshare,setns PROGRAM"

_GO_THREAD = "CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM"
_NEW = "CLONE_NEWUSER|CLONE_NEWNS|SIGCHLD"
_MEANT: tuple[tuple[str, str, str], ...] = (
    (r"new os thread", "clone", _GO_THREAD),
    (r"fork/exec", "clone", "CLONE_VM|CLONE_VFORK|SIGCHLD"),
    (r"pthread_create|start (a )?(new )?thread|create (a |new )?(native )?thread|std::thread",
     "pthread_create", ""),
    (r"posix_spawn", "posix_spawn", ""),
    (r"new namespace|\bclone\b", "clone", _NEW),
    (r"unshare", "unshare", "CLONE_NEWUSER"),
    (r"setns|nsenter|reassociate|join(ing)? \w*namespace", "setns", "CLONE_NEWNS"),
    (r"\bfork|can'?t create process|spawn", "fork", ""),
)
"""What is said, in small letters, and the call that is mostly behind it, with its flags."""


def how_to_ask(message: str) -> str:
    """Return how to ask about the call behind a message; nothing where none is known."""
    text = message.lower()
    found = next((one for one in _MEANT if re.search(one[0], text)), None)
    if found is None:
        return ""
    _pattern, entry, flags = found
    errno = error_in(message) or ("EAGAIN" if entry == "pthread_create" else "")
    words = [f"--entry {entry}", *([f"--flags {quote(flags)}"] if flags else []),
             f"--errno {errno or 'ERRNO'}"]
    guess = " (if those were its flags)" if flags else ""
    return (f"that is what a program says, not the call: `cloneproof why {' '.join(words)}`"
            f"{guess}, or take the line of `{_STRACE}`")
