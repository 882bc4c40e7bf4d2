"""The sheet of observation: one row for each field of what a call leaves, how it is seen.

A row says one of three things: how the probe shows the field (:class:`ShownFact`), which field
that it shows implies it (:class:`ImpliedFact`), or why nothing shows it (:class:`Unseen`).
``in_c`` is how a reproducer looks at it, or through which other field.  A field without a row is
an error at loading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from kernels.cases.case import Case
from kernels.observe import fields as say
from kernels.observe import in_c
from kernels.observe.fields import CaseView, When, Words
from kernels.observe.fields import Row as Told
from kernels.observe.in_c import Maker
from model.call import Situation
from model.child import Child
from model.complete import demand
from model.evaluate import Outcome
from model.records import declared_at
from model.setns import Joined
from model.unshare import Unshared


@dataclass(frozen=True, slots=True)
class Look:
    """One way to see a fact: the probe's key, and both answers in the same words."""

    key: str
    words: Words = say.as_it_is
    seen: Words = say.as_it_is
    when: When = say.always
    how: str = ""


InC: TypeAlias = "Maker | str | None"
"""How a reproducer looks at a fact: by a comparison in C, through another fact, or not."""


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact that the probe shows; ``limit`` says what of it no case shows."""

    looks: tuple[Look, ...]
    in_c: InC = None
    limit: str = ""


@dataclass(frozen=True, slots=True)
class ImpliedFact:
    """A fact that follows from another of its record."""

    by: str
    why: str
    in_c: InC = None


@dataclass(frozen=True, slots=True)
class Unseen:
    """A fact that nothing shows, and why not."""

    why: str
    in_c: InC = None


Row: TypeAlias = "ShownFact | ImpliedFact | Unseen"


def _by(
    key: str, words: Words = say.as_it_is, *, when: When = say.always, in_c: InC = None
) -> ShownFact:
    return ShownFact((Look(key, words, when=when),), in_c)


def _shared(key: str, words: Words = say.shared) -> ShownFact:
    """Return the row of something that the probe asks about by kcmp() or by trying it."""
    path = f"share.{key}"
    return _by(path, words, when=lambda view: view.seen(path) is not None)


def _link(kind: str, words: Words, how: str = "") -> Look:
    """Return the look at a task's own link below /proc/PID/ns."""
    return Look(f"ns.{kind}", say.linked(kind, words), how=how)


def _childrens(kind: str, words: Words, how: str = "") -> Look:
    """Return the look at the link there to the namespace of its children."""
    return Look(f"ns.{kind}_for_children", say.linked(kind, words), how=how)


def _space(kind: str, words: Words = say.namespace) -> ShownFact:
    return ShownFact((_link(kind, words),), in_c.namespace(kind))


def _by_helpers(kind: str, words: Words) -> ShownFact:
    """Return the row of something that helpers share with the caller, or no longer."""
    return ShownFact(
        tuple(
            Look(f"{who}_after.{kind}", words, when=say.shared_before(who, kind), how=who)
            for who in ("thread", "sibling")
        )
    )


def _nobody_waits(kind: str, in_c: InC = None) -> ShownFact:
    """Return the row of whether no namespace waits for children: theirs is its own."""
    return _by(f"waits.{kind}", say.turned, when=say.waiting_is_told(kind), in_c=in_c)


_REFUSALS = Unseen("seen only through RLIMIT_NPROC refusals, which are compared")
_LATER = Unseen("seen only through later refusals")
_FORK = Unseen("shown by a later fork(), which only replay makes")

CHILD: dict[str, Row] = {
    "flags": ShownFact((Look("pflags", say.pf_bits, say.pf_bits),)),
    "named_by_args": ShownFact(
        (Look("comm", say.callers_name),),
        limit="only kernel callers give a name; compared as: the caller's comm is kept",
    ),
    "set_child_tid": _by("child_tid", say.written_at_child_tid),
    "clear_child_tid": _by("cleartid", say.cleared_at_child_tid, when=say.is_awaited),
    "shares_cred": ShownFact(
        (Look("threadkey", say.as_truth, say.is_the_callers, say.keyrings_are_looked_at),)
    ),
    "uid": _by("uid.0", say.user),
    "euid": _by("uid.1", say.user),
    "cap_effective": _by("cap.eff"),
    "new_user_ns": _space("user", say.new_or_same),
    "user_ns_level": ImpliedFact(
        "new_user_ns",
        "one below the caller's, by create_user_ns(); the probe does not ask NS_GET_PARENT",
        "new_user_ns",
    ),
    "user_ns_nproc_max": _REFUSALS,
    "charged_uid": _REFUSALS,
    "thread_keyring": _by("threadkey", say.own_keyring, when=say.keyrings_are_looked_at),
    "process_keyring": Unseen("keyrings are not observed"),
    "files": _shared("files"),
    "fs": _shared("fs"),
    "fs_of_init": Unseen("only what user_mode_thread() and fork_idle() make has init's"),
    "sighand": _shared("sighand"),
    "mm": _shared("vm"),
    "sysvsem": _shared("sysvsem", say.shared_undo_list),
    "io_context": _shared("io", say.shared_io),
    "same_thread_group": ShownFact(
        (
            Look("same_tgid", say.as_truth),
            Look("tid_is_pid", say.turned, how="by its own pid"),
        ),
        in_c.same_group,
    ),
    "rlim_nproc": _by("nproc_soft", when=say.room_is_given),
    "rlimits_shared": ImpliedFact(
        "same_thread_group", "limits hang from signal_struct, which only a thread shares"
    ),
    "ignored": _by("sigign", in_c=in_c.handlers("ignored", 1)),
    "caught": _by("sigcgt", in_c=in_c.handlers("caught", 2)),
    "blocked": _by("sigblk", in_c=in_c.blocked),
    "altstack": _by("altstack", say.as_truth, in_c=in_c.altstack),
    "exit_signal": _by("exit_signal", in_c=in_c.exit_signal),
    "real_parent": _by("parent", say.parent, in_c=in_c.parent),
    "parent_exec_id": Unseen("an internal number"),
    "nsproxy_shared": Unseen(
        "an internal pointer; its namespaces are compared one by one", "time_ns"
    ),
    "mnt_ns": _space("mnt"),
    "uts_ns": _space("uts"),
    "ipc_ns": _space("ipc"),
    "pid_ns": ShownFact(
        (
            _link("pid", say.namespace),
            Look(
                "ret_is_tid",
                say.has_the_number,
                when=say.number_is_known,
                how="by the number returned",
            ),
        ),
        in_c.pid_ns,
    ),
    "cgroup_ns": _space("cgroup"),
    "net_ns": _space("net"),
    "time_ns": _space("time"),
    "time_ns_for_children": ShownFact(
        (_childrens("time", say.new_for_children),), in_c.time_for_children
    ),
    "pid_level": _by("pid_level"),
    "is_child_reaper": _by("is_pid1", say.pid_1, in_c=in_c.reaper),
    "has_pid": ImpliedFact("pid_level", "every task of user space has one", in_c.nothing),
    "pidfd_in_child": Unseen("the probe asks for the pidfd in the caller only"),
    "no_new_privs": _by("nnp", say.as_bit),
    "seccomp_mode": _by("seccomp"),
    "in_target_cgroup": _by("cgroup", say.target_cgroup),
    "starts_frozen": Unseen("the probe freezes no cgroup"),
    "born_killed": ShownFact(
        (Look("alive", say.as_truth, say.turned, say.is_killed),),
        limit="needs cgroup.kill during the call, a race, or before it: replay shows that",
    ),
    "starts_in_kernel": Unseen("the probe's child always runs user code"),
    "autoreap": Unseen("v7.1: an autoreaped child leaves no zombie to be told apart"),
    "autokill": Unseen("v7.1: the probe closes no pidfd before the child has told of itself"),
    "reports_to_tracer": Unseen("the probe's caller is not traced"),
    "traced": ShownFact((Look("tracer", say.as_truth, say.as_truth),)),
    "not_throttled": ImpliedFact("flags", "reclaim is not observed; the flags are compared"),
    "oom_score_adj": _by("oom_score_adj", when=say.oom_is_given),
    "parent_tid_stored": _by(
        "parent_tid", say.stored_number, when=say.parent_tid_is_no_pidfd, in_c=in_c.parent_tid
    ),
    "vfork_wait": Unseen(
        "whether the caller had returned when the child ran is the scheduler's affair"
    ),
}
"""Fields of :class:`model.child.Child`."""

UNSHARED: dict[str, Row] = {
    "fs_copied": _by_helpers("fs", say.turned),
    "fs_is_own": Unseen("only where a helper shared it: fs_copied"),
    "files_copied": _by_helpers("files", say.turned),
    "files_are_own": Unseen("only where a helper shared it: files_copied"),
    "undo_list": _by_helpers("sysvsem", say.undo_list_stays),
    "new_user_ns": CHILD["new_user_ns"],
    "user_ns_level": CHILD["user_ns_level"],
    "user_ns_nproc_max": _REFUSALS,
    "cap_effective": _by("cap.eff"),
    "rules_its_old_user_ns": Unseen("shown by a further call, which only replay makes"),
    "nproc_moved": _LATER,
    "over_limit": _FORK,
    "new_nsproxy": Unseen("an internal pointer; its namespaces are compared one by one"),
    "mnt_ns": _space("mnt"),
    "uts_ns": _space("uts"),
    "ipc_ns": _space("ipc"),
    "cgroup_ns": _space("cgroup"),
    "net_ns": _space("net"),
    "pid_ns": _space("pid"),
    "pid_ns_for_children": ShownFact((_childrens("pid", say.shown_for_children),)),
    "time_ns": _space("time"),
    "time_ns_for_children": CHILD["time_ns_for_children"],
}
"""Fields of :class:`model.unshare.Unshared`."""


def _joined(kind: str) -> ShownFact:
    return _space(kind, say.joined(kind))


JOINED: dict[str, Row] = {
    "user_ns": ShownFact((_link("user", say.new_or_same),)),
    "mnt_ns": _joined("mnt"),
    "uts_ns": _joined("uts"),
    "ipc_ns": _joined("ipc"),
    "cgroup_ns": _joined("cgroup"),
    "net_ns": _joined("net"),
    "time_ns": ShownFact(
        (
            _link("time", say.joined("time")),
            _childrens("time", say.later_time, how="for its children"),
        ),
        in_c.namespace("time"),
    ),
    "time_for_children_is_active": _nobody_waits("time"),
    "pid_ns": _space("pid", say.new_or_same),
    "pid_ns_for_children": ShownFact((_childrens("pid", say.later_pid),)),
    "pid_for_children_is_active": _nobody_waits("pid", in_c.pid_for_children),
    "cap_effective": _by("cap.eff"),
    "nproc_moved": _LATER,
    "over_limit": _FORK,
    "undo_list": _by_helpers("sysvsem", say.undo_list_stays),
    "root_moved": Unseen("the caller's root is not observed"),
    "sharers_root_moved": _by("sharer_root_moved", say.as_truth, when=say.sharers_root_can_be_told),
    "chrooted": Unseen("the caller's root is not observed after the call"),
}
"""Fields of :class:`model.setns.Joined`."""

SHEET: dict[type[Any], dict[str, Row]] = {Child: CHILD, Unshared: UNSHARED, Joined: JOINED}

BESIDES: dict[type[Any], dict[str, ShownFact]] = {
    Child: {"pidfd": _by("pidfd", say.pidfd, when=say.pidfd_can_be_told)},
    Unshared: {},
    Joined: {
        "fs_copied": _by_helpers("fs", say.stays),
        "files_copied": _by_helpers("files", say.stays),
    },
}
"""What the probe shows of a call and no field of its record says."""

_EVERY = {name: row for sheet in SHEET.values() for name, row in sheet.items()}

IMPLIED = {name: row.by for name, row in _EVERY.items() if isinstance(row, ImpliedFact)}
"""Facts that follow from an observed one, and from which."""

IN_C = {
    record: {name: row.in_c for name, row in sheet.items() if callable(row.in_c)}
    for record, sheet in SHEET.items()
}
"""How a reproducer looks at a fact of a record."""


def looked_at(record: type[Any], name: str) -> str:
    """Return the fact through which a reproducer looks at one: another, or itself."""
    row = SHEET[record].get(name)
    return row.in_c if row and isinstance(row.in_c, str) else name


def not_seen(record: type[Any]) -> dict[str, str]:
    """Return the fields of a record that no case of the probe shows, each with the reason."""
    reasons = {
        name: row.limit if isinstance(row, ShownFact) else row.why
        for name, row in SHEET[record].items()
    }
    return {name: why for name, why in reasons.items() if why}


def told(
    case: Case, start: Situation, outcome: Outcome, row: Told
) -> Iterator[tuple[str, Any, Any]]:
    """Yield (fact, the model's answer, the probe's) of a child, or of who unshared or joined.

    Of one that is not alive nothing else is told.
    """
    record = type(outcome.after)
    view = CaseView(case, start, outcome, row, "child" if record is Child else "after")
    if record is Child and outcome.child.born_killed:
        yield from _compared("born_killed", CHILD["born_killed"], view)
        return
    alive = view.seen("alive") if record is Child else row.get("after") is not None
    yield "alive", True, alive
    if alive:
        for name, one in (SHEET[record] | BESIDES[record]).items():
            yield from _compared(name, one, view)


def _compared(name: str, row: Row, view: CaseView) -> Iterator[tuple[str, Any, Any]]:
    for look in row.looks if isinstance(row, ShownFact) else ():
        if look.when(view):
            value = getattr(view.after, name, None)
            detail = f" ({look.how})" if look.how else ""
            seen = look.seen(view, view.seen(look.key))
            yield f"{name}{detail}", look.words(view, value), seen


def incomplete() -> list[str]:
    """Return what is wrong in the sheet, each with the place of the field that it is about."""
    return [
        f"{declared_at(record, name)}: {record.__name__}.{name} {wrong}"
        for record, sheet in SHEET.items()
        for name in dict.fromkeys((*(one.name for one in fields(record)), *sheet))
        for wrong in _wrong(record, sheet, name)
    ]


def _wrong(record: type[Any], sheet: dict[str, Row], name: str) -> Iterator[str]:
    row = sheet.get(name)
    if name not in record.__dataclass_fields__:
        yield "has a row in kernels/observe/facts.py and is no field"
    elif row is None:
        yield "has no row in kernels/observe/facts.py: how does the probe show it, or why not?"
    else:
        through = row.in_c
        if isinstance(row, ImpliedFact) and not isinstance(sheet.get(row.by), ShownFact):
            yield f"is implied by {row.by!r}, which the probe does not show"
        if isinstance(through, str) and not callable(getattr(sheet.get(through), "in_c", None)):
            yield f"is looked at through {through!r}, at which no reproducer looks"


demand(incomplete())
