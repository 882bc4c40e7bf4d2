"""What a successful call leaves: the child beside its parent, or the caller as it is then."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from checker.calls.answer import parts
from checker.calls.documents import leaves_of, record_document
from checker.calls.naming import spoken
from checker.calls.story import WIDTH
from checker.smallest.cost import Values
from checker.why.carried import whose
from model.call import Call
from model.child import Child, Share
from model.new_namespaces import Ns
from model.records import BOOL, Leaf
from model.words import SIGNAL_NAMES

_BESIDE = {
    "uid": "real_cred.uid",
    "euid": "real_cred.euid",
    "cap_effective": "real_cred.cap_effective",
    "user_ns_level": "real_cred.user_ns.level",
    "pid_level": "pid_ns.level",
    "rlim_nproc": "signal.rlim_nproc",
    "ignored": "sighand.ignored",
    "caught": "sighand.caught",
    "blocked": "blocked",
    "no_new_privs": "no_new_privs",
    "seccomp_mode": "seccomp_mode",
    "oom_score_adj": "signal.oom_score_adj",
}
"""The child's fields that its parent has, too, and the parent's by their names."""

_SHARED_TRUTHS = ("shares_cred", "same_thread_group", "rlimits_shared", "nsproxy_shared",
                  "process_keyring")


def left_in_words(outcome: Any) -> list[str]:
    """Return the lines of what a call leaves."""
    lines = []
    for _name, record in parts(outcome):
        if isinstance(record, Child):
            lines += [*_of_child(record), "", *_table(outcome.call, record)]
        else:
            lines += _of_caller(record)
    return [*lines, *_carried(outcome)]


def _carried(outcome: Any) -> Iterator[str]:
    """Yield whose affinity and the like a new task has."""
    rows = whose(outcome)
    if rows:
        yield from ("", "What it has besides, of whom (no facts that a solver is asked about):")
    for one in rows:
        yield from wrap(f"{one.row.what}: {one.says} ({one.row.at})", WIDTH,
                        initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def kinds(child: Child) -> dict[str, list[str]]:
    """Return what a child shares with its parent, has copies of, has none of, and has anew."""
    found: dict[str, list[str]] = {"shared": [], "copied": [], "none": [], "new": [], "also": []}
    for leaf in leaves_of(Child):
        value = getattr(child, leaf.path)
        if leaf.names == "share":
            found[Share(int(value)).name.lower()].append(leaf.doc)
        elif leaf.names == "ns":
            found["shared" if int(value) == int(Ns.SAME) else "new"].append(leaf.doc)
        elif leaf.width == BOOL and value and leaf.path != "has_pid":
            shared = leaf.path in _SHARED_TRUTHS
            found["shared" if shared else "also"].append(leaf.doc)
    return found


_TITLES = {
    "shared": "shared:", "copied": "copied:", "new": "new:", "none": "none of:", "also": "and it:",
}


def _of_child(child: Child) -> Iterator[str]:
    yield "The child beside its parent:"
    for kind, docs in kinds(child).items():
        yield from _listed(_TITLES[kind], docs)


def _listed(title: str, docs: list[str]) -> list[str]:
    before = f"  {title}".ljust(12)
    return wrap("; ".join(docs), WIDTH, initial_indent=before, subsequent_indent=" " * 12,
                break_on_hyphens=False) if docs else []


def _table(call: Call, child: Child) -> list[str]:
    rows = [[leaf.doc, *_both(call, child, leaf)] for leaf in leaves_of(Child)
            if leaf.path in _BESIDE]
    rows += [[leaf.doc, "", _said(leaf, getattr(child, leaf.path))]
             for leaf in leaves_of(Child) if leaf.path in ("exit_signal", "real_parent")]
    from tabulate import tabulate

    text = tabulate(rows, headers=["", "parent", "child"], tablefmt="plain", disable_numparse=True)
    return [f"  {line}".rstrip() for line in text.splitlines()]


def _said(leaf: Leaf, value: int) -> str:
    signal = SIGNAL_NAMES.get(int(value)) if leaf.path == "exit_signal" else None
    return f"SIG{signal}" if signal else str(spoken(leaf, value))


def _both(call: Call, child: Child, leaf: Leaf) -> list[str]:
    value: Any = call.current
    for name in _BESIDE[leaf.path].split("."):
        value = getattr(value, name)
    return [str(spoken(leaf, one)) for one in (value, getattr(child, leaf.path))]


def _of_caller(record: Any) -> Iterator[str]:
    """Yield what the caller, or a worker, is after the call."""
    kind: Any = type(record)
    yield "Afterwards:"
    truths = [leaf.doc for leaf in leaves_of(kind)
              if leaf.width == BOOL and getattr(record, leaf.path)]
    yield from _listed("it:", truths)
    spaces = {one.name.lower(): [leaf.doc for leaf in leaves_of(kind) if leaf.names == "ns"
                                 and int(getattr(record, leaf.path)) == int(one)] for one in Ns}
    yield from _listed("new:", [*spaces["new"], *spaces["pending"]])
    yield from _listed("the same:", spaces["same"])
    numbers = [f"{leaf.doc}: {spoken(leaf, getattr(record, leaf.path))}" for leaf in leaves_of(kind)
               if leaf.width != BOOL and leaf.names != "ns"]
    yield from _listed("with:", numbers)


def document(outcome: Any) -> Values:
    """Return what a call leaves as JSON writes it."""
    made = {name: record_document(record) for name, record in parts(outcome)}
    carried = [{"what": one.row.what, "whose": one.says, "at": one.row.at, "look": one.row.look}
               for one in whose(outcome)]
    return {**made, "carried": carried} if carried else made
