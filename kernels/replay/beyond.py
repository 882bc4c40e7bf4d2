"""Words of the probe beyond a case: callers that a case cannot say, and follow-up calls.

A case is what the conform runs vary; what only a replay needs is said here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from kernels.cases.case import UNSET, Case, CgroupFd, NsFd, NsKind
from kernels.cases.knobs import equals
from model import words
from model.algebra import Truth, both, no
from model.call import Situation
from model.child import Share
from model.evaluate import Outcome
from model.request import Entry
from model.setns import Joined
from model.state import Reach
from model.unshare import Unshared

Values = dict[str, Any]
Row = dict[str, Any]
Field = tuple[str, Any, Any]


@dataclass(frozen=True, eq=False)
class Beyond:
    """Words for the probe, the facts that they change, and the cases that they can be added to.

    ``fits`` says of a case, in both readings, that the limit is left to the words and the rest
    is in their way nowhere.
    """

    words: str
    facts: Values
    fits: Callable[[Case], Truth]


def _leaves_the_limit(case: Case) -> Truth:
    return equals(case.caller.nproc_room, UNSET)


def _goes_to_a_cgroup(case: Case) -> Truth:
    in_it = both(equals(case.call.cgroup, CgroupFd.DIR), equals(case.caller.pids_room, UNSET))
    return both(in_it, _leaves_the_limit(case))


def _joins_its_childs_user_ns(case: Case) -> Truth:
    call, caller = case.call, case.caller
    joins = both(equals(call.nsfd, NsFd.CHILD), equals(call.kind, NsKind.USER))
    flat = both(equals(caller.userns, 0), equals(caller.pid_level, 0), equals(caller.threads, 0))
    owns = both(caller.ruid_u, caller.euid_u, no(caller.chroot))
    return both(equals(call.entry, Entry.SETNS), joins, flat, owns, _leaves_the_limit(case))


NONE = Beyond("", {}, lambda _case: True)
BEYOND = (
    NONE,
    Beyond(" nproc=0", {"current.signal.rlim_nproc": 0}, _leaves_the_limit),
    Beyond(" killed_home=1", {"current.cgroup.kill_seq": 1}, _goes_to_a_cgroup),
    # the namespace's bound is 1 where the caller and the one that made it are charged
    Beyond(
        " early_uid=1 nsfd_nproc=1",
        {
            "request.target.user_ns_reach": int(Reach.OWNED),
            "request.target.outer_is_over": True,
            "request.target.nproc": 1,
        },
        _joins_its_childs_user_ns,
    ),
)
_BOUNDED = "nsfd_nproc="
_FEW = 256
"""A table larger than this has grown for a descriptor that is closed again: a copy is smaller."""


def with_room(case: Case) -> Case:
    """Return the case with room for one more task: then a refused fork() means something."""
    call, caller = case.call, case.caller
    if call.entry != Entry.UNSHARE or caller.nproc_room != 0:
        return case
    return replace(case, caller=replace(caller, nproc_room=1))


def follow_ups(case: Case, extra: str) -> str:
    """Return the words for calls after the case's own that show what nothing else does."""
    call = case.call
    if call.entry in (Entry.CLONE, Entry.CLONE3):
        return " then=io" if call.flags & words.IO else ""
    if call.entry == Entry.UNSHARE:
        asked = {
            "files": call.flags & words.FILES,
            "rules": call.flags & words.NEWUSER,
            "fork": call.flags & words.NEWUSER and case.caller.nproc_room == 1,
        }
        made = "+".join(name for name, wanted in asked.items() if wanted)
        return f" then={made}" if made else ""
    return " then=fork" if _BOUNDED in extra else ""


def followed_fields(
    case: Case, line: str, start: Situation, outcome: Outcome, row: Row
) -> Iterator[Field]:
    """Yield (fact, the model's, the kernel's) of what the follow-up calls show."""
    child, after = row.get("child") or {}, row.get("after") or {}
    if child.get("io_follows") is not None:
        shared = outcome.child.io_context == Share.SHARED
        yield "io_context", bool(shared), child["io_follows"]
    might, may = after.get("might", {}), after.get("may", {})
    if isinstance(outcome.after, Unshared) and "rules" in may and not case.caller.userns:
        had = start.current.real_cred.cap_effective & words.CAP_SYS_ADMIN != 0
        if might["rules"] == had:
            yield "rules_its_old_user_ns", bool(outcome.after.rules_its_old_user_ns), may["rules"]
    if isinstance(outcome.after, Unshared) and might.get("files", 0) > _FEW:
        yield "files_copied", bool(outcome.after.files_copied), may["files"] < might["files"]
    if might.get("fork") == "OK" and (case.caller.nproc_room == 1 or _BOUNDED in line):
        yield from _fork(outcome.after, may["fork"])


def _fork(after: Unshared | Joined, errno: str) -> Iterator[Field]:
    """A fork() that was granted before: refused where the charge is over a bound by now."""
    yield "over_limit", bool(after.over_limit), errno == "EAGAIN"
