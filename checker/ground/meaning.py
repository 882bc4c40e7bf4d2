"""Words by what they mean: texts that are near to what somebody typed, best first.

Plain counting, no library: words are cut to their stems, a few that mean the same in the
kernel become one, and a word that few texts have weighs more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from math import log
from typing import TypeAlias

_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)*")
_IDLE = """
a an and are as at be by can for from has have i in into is it its my no not of on or our so that
the then there this to was what when where which who whose will with without you
"""
"""Words that say nothing of what a text is about."""

_SAME = (
    "exec execve execveat executes execute executing",
    "exit exits end ends ended ending dies die death dead hang hangs hung stuck endless endlessly",
    "kill kills killed sigkill",
    "reap reaped reaps wait waits waited wait4 waitpid waitid",
    "limit limits rlimit rlimits setrlimit prlimit ulimit bound bounds",
    "fork forks forked plainly",
    "setns join joins joined install userns_install pidns_install",
    "freeze freezes freezer frozen freezing",
    "cred creds credential credentials",
    "ns namespace namespaces",
    "userns newuser",
    "pidns newpid",
    "cgroup cgroups",
    "signal signals sig signalled sigpending",
    "uring iouring",
    "vcpu vcpus kvm",
    "nproc processes",
    "setuid setresuid setreuid seteuid set_user",
    "task tasks process",
    "thread threads pthread",
    "open opens opened",
    "close closes closed",
    "refuse refused refuses fails failed fail failure",
    "share shares shared sharing",
)
"""Words that mean the same where people speak of tasks; each line is one meaning."""

_PHRASES = (
    (r"clone new(user|pid|mnt|net|uts|ipc|time|cgroup)", r"\1ns"),
    ("clone newns", "mntns"),
    ("(user|pid|mount|network|uts|ipc|time|cgroup) namespaces?", r"\1ns"),
    ("aside", "unshare"),
    ("io uring", "uring"),
    ("io workers?", "uring worker"),
    ("io wq", "uring wq"),
)
"""What is said in two words and meant in one, in the order in which they are looked for."""


@cache
def _meanings() -> dict[str, str]:
    return {word: line.split()[0] for line in _SAME for word in line.split()}


@cache
def _idle() -> frozenset[str]:
    return frozenset(_IDLE.split())


@cache
def stem(word: str) -> str:
    """Return what a word is compared by: its meaning, or itself without its ending."""
    known = _meanings()
    if word in known:
        return known[word]
    for ending in ("ing", "ed", "es", "s"):
        bare = word.removesuffix(ending)
        if bare != word and len(bare) > 2 and not bare.endswith("s"):
            return known.get(bare, bare)
    return word


def terms(text: str) -> list[str]:
    """Return the words of a text that say something, as they are compared."""
    plain = text.lower().replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    plain = " ".join(re.split(r"[\s_\-]+", plain))
    for phrase, meaning in _PHRASES:
        plain = re.sub(rf"\b{phrase}\b", meaning, plain)
    return [stem(word) for word in _WORD.findall(plain) if word not in _idle()]


Postings: TypeAlias = "Mapping[str, Mapping[str, int]]"
"""Of each word the texts that have it, by their names, with how much it weighs there."""


def near(wanted: str, texts: Mapping[str, Sequence[tuple[int, str]]]) -> list[tuple[str, float]]:
    """Return the names of the texts that share words with what is wanted, the nearest first.

    Each text is parts with a weight, so that a title counts more than a remark.  What shares
    nothing is left out; of two as near, the one that stands first comes first.
    """
    return nearest_in(wanted, postings(texts), len(texts))


def postings(texts: Mapping[str, Sequence[tuple[int, str]]]) -> dict[str, dict[str, int]]:
    """Return where each word stands, to be looked up more than once."""
    found: dict[str, dict[str, int]] = {}
    for name, parts in texts.items():
        for weight, text in parts:
            for one in set(terms(text)):
                has = found.setdefault(one, {})
                has[name] = has.get(name, 0) + weight
    return found


def nearest_in(wanted: str, known: Postings, count: int) -> list[tuple[str, float]]:
    """Return what :func:`near` does, of ``count`` texts whose words were looked up before."""
    asked = [one for one in dict.fromkeys(terms(wanted)) if one in known]
    rare = {one: log(1 + count / (1 + len(known[one]))) for one in asked}
    scores: dict[str, float] = {}
    shares: dict[str, float] = {}
    for one in asked:
        for name, weight in known[one].items():
            scores[name] = scores.get(name, 0) + rare[one] * _often(weight)
            shares[name] = shares.get(name, 0) + rare[one]
    whole = sum(rare.values())
    found = [(name, score * shares[name] / whole) for name, score in scores.items()]
    return sorted(found, key=lambda pair: -pair[1])


def _often(count: int) -> float:
    """Return how much a word's weight counts: the second time less than the first."""
    return 1 + log(count)
