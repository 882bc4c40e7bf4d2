"""What the model says of a child (or of the changed caller) in the words of the probe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kernels.cases.case import UNSET, Case, NsFd
from kernels.cases.knobs import CHILD_AT
from kernels.observe.nondeterminism import is_gone_before_the_pidfd, pf_seen, word_may_be_cleared
from model import words
from model.built import built
from model.call import Situation
from model.child import Parent, Share
from model.evaluate import Outcome
from model.new_namespaces import Ns
from model.patches import UNBORN_PID_NS_SHOWN
from model.request import Entry

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as it was predicted and seen: what every comparison of a fact looks at."""

    case: Case
    start: Situation
    outcome: Outcome
    row: Row
    part: str
    """Where the row tells of it: ``child``, or ``after`` for the caller."""

    @property
    def after(self) -> Any:
        """Return the record of effects."""
        return self.outcome.after

    def seen(self, path: str) -> Any:
        """Return what the probe said under a dotted key; ``None`` where it said nothing."""
        found: Any = self.row[self.part]
        for key in path.split("."):
            if found is not None:
                found = found[int(key)] if key.isdigit() else found.get(key)
        return found


Words = Callable[[CaseView, Any], Any]
"""Returns a value of the model as the probe says it (or of the probe as the model does)."""
When = Callable[[CaseView], bool]
"""Returns whether a fact is compared on a case."""

_NS = {Ns.SAME: "same", Ns.NEW: "new", Ns.PENDING: "for_children"}
_BITS = {
    "mnt": words.NEWNS,
    "uts": words.NEWUTS,
    "ipc": words.NEWIPC,
    "pid": words.NEWPID,
    "net": words.NEWNET,
    "cgroup": words.NEWCGROUP,
    "time": words.NEWTIME,
    "user": words.NEWUSER,
}
_PARENT = {Parent.CALLER: "caller", Parent.CALLERS_PARENT: "callers_parent"}


def as_it_is(_view: CaseView, value: Any) -> Any:
    """A number."""
    return value


def as_truth(_view: CaseView, value: Any) -> bool:
    """A truth."""
    return bool(value)


def as_bit(_view: CaseView, value: Any) -> int:
    """A truth that is told as 0 or 1."""
    return int(bool(value))


def turned(_view: CaseView, value: Any) -> bool:
    """A truth that the probe tells the other way round."""
    return not value


def always(_view: CaseView) -> bool:
    """On every case."""
    return True


# ---- the child ---------------------------------------------------------------------


def pf_bits(view: CaseView, value: Any) -> int:
    """The PF_ flags that copy_process() decides."""
    return int(value) & pf_seen(view.outcome.call.kernel)


def callers_name(view: CaseView, value: Any) -> Any:
    """The caller's own name, which a child keeps unless its maker gives it one."""
    return None if value else view.row["caller"]["comm"]


def written_at_child_tid(_view: CaseView, value: Any) -> str | None:
    """The child's pid at child_tid."""
    return "tid" if value == CHILD_AT else None


def cleared_at_child_tid(view: CaseView, value: Any) -> bool:
    """Whether the caller sees the word at child_tid cleared."""
    return bool(value == CHILD_AT and view.after.mm == Share.SHARED)


def is_awaited(view: CaseView) -> bool:
    """Where the word at child_tid is cleared for certain, if at all."""
    asked = int(view.outcome.call.args.flags) & words.CHILD_CLEARTID
    return bool(asked) and not word_may_be_cleared(view.case)


def user(_view: CaseView, value: Any) -> Any:
    """A user id: root's, or the one of the suite."""
    return "u" if value else 0


def new_or_same(_view: CaseView, value: Any) -> str:
    """A namespace of its own, or not."""
    return "new" if value else "same"


def own_keyring(_view: CaseView, value: Any) -> str:
    """A thread keyring of its own."""
    return "own" if value else "none"


def is_the_callers(_view: CaseView, value: Any) -> bool:
    """A keyring of its own belongs to a cred of its own."""
    return bool(value == "same")


def keyrings_are_looked_at(view: CaseView) -> bool:
    """Where the probe looked for keyrings."""
    return view.seen("threadkey") is not None


def shared(_view: CaseView, value: Any) -> bool:
    """Whether a resource is the caller's."""
    return bool(value == Share.SHARED)


def shared_io(view: CaseView, value: Any) -> bool:
    """Two tasks without an io_context look alike."""
    return bool(value == Share.SHARED or not view.start.current.io_context)


def shared_undo_list(view: CaseView, value: Any) -> bool:
    """Two tasks without an undo list look alike."""
    return bool(value == Share.SHARED or not view.start.current.undo_list)


def room_is_given(view: CaseView) -> bool:
    """Where the case sets RLIMIT_NPROC."""
    return bool(view.case.caller.nproc_room != UNSET)


def oom_is_given(view: CaseView) -> bool:
    """Where the case sets oom_score_adj."""
    return bool(view.case.caller.oom500)


def parent(_view: CaseView, value: Any) -> str:
    """Who its parent is."""
    return _PARENT[Parent(int(value))]


def namespace(_view: CaseView, value: Any) -> str:
    """Which namespace it is in."""
    return _NS[Ns(value)]


def linked(kind: str, wording: Words) -> Words:
    """A link below /proc/PID/ns; to namespaces of a kind that is not built there is none."""

    def told(view: CaseView, value: Any) -> Any:
        said = wording(view, value)
        there = int(built(view.outcome.call.kernel)) & _BITS[kind]
        return said if there or said != "same" else "unknown"

    return told


def new_for_children(_view: CaseView, value: Any) -> str:
    """Whether its children get a namespace made now."""
    return "new" if value == Ns.NEW else "same"


def pid_1(view: CaseView, value: Any) -> bool:
    """A thread of an init is pid 1 as well."""
    thread = bool(view.after.same_thread_group)
    return bool(value) or (thread and bool(view.start.current.signal.unkillable))


def number_is_known(view: CaseView) -> bool:
    """Where the call returned to tell the child's number."""
    return view.seen("ret_is_tid") is not None


def has_the_number(view: CaseView, value: Any) -> bool:
    """The caller gets the number that its own pid namespace has for the child."""
    call = view.case.call
    twice = int(view.outcome.call.args.set_tid_size) > 1 and call.tid0 == call.tid1
    return bool(value == Ns.SAME or twice)


def target_cgroup(_view: CaseView, value: Any) -> str:
    """The cgroup that was asked for, or the caller's."""
    return "target" if value else "same"


def is_killed(view: CaseView) -> bool:
    """Where the child is born with a SIGKILL."""
    return bool(view.after.born_killed)


def stored_number(view: CaseView, value: Any) -> str | None:
    """The number returned, where the call returned."""
    told = "ret" if view.row["ret"] is not None else "unknown"
    return told if value else None


def parent_tid_is_no_pidfd(view: CaseView) -> bool:
    """Where the word at parent_tid is not clone()'s pidfd."""
    flags = int(view.outcome.call.args.flags)
    return not (view.case.call.entry == Entry.CLONE and flags & words.PIDFD)


# ---- unshare() and setns() ---------------------------------------------------------


def shown_for_children(view: CaseView, value: Any) -> str:
    """The link to the pid namespace of the children.

    Until v7.0 it cannot be read without an init; nor could it before if none was there.
    """
    ns = view.start.current.pid_ns
    unborn = not ns.child_reaper or not ns.adding
    kept = ("unknown", "same") if unborn else ("same",)
    made = "new" if view.outcome.call.kernel[UNBORN_PID_NS_SHOWN] else "unborn"
    expected = (made,) if value == Ns.NEW else kept
    link: str = view.seen("ns.pid_for_children")
    return link if link in expected else expected[0]


def _is_another(case: Case, kind: str) -> bool:
    """Return whether the namespace joined is not the one that the caller was in."""
    nsfd = NsFd(int(case.call.nsfd))
    if nsfd in (NsFd.PIDFD_CHILD, NsFd.PIDFD_OTHER):
        return bool(case.call.made & _BITS[kind])
    return nsfd in (NsFd.CHILD, NsFd.KIN, NsFd.OTHER)


def joined(kind: str) -> Words:
    """Another namespace, where the one joined is not the caller's own."""

    def told(view: CaseView, value: Any) -> str:
        return "new" if value and _is_another(view.case, kind) else "same"

    return told


def sharers_root_can_be_told(view: CaseView) -> bool:
    """Where somebody shares fs, and a root that moves is another than the caller's own top."""
    caller = view.case.caller
    told = view.seen("sharer_root_moved") is not None
    other = not view.after.mnt_ns or _is_another(view.case, "mnt")
    return bool((caller.threads or caller.with_fs) and told and other)


def waiting_is_told(kind: str) -> When:
    """Where the links to a kind of namespace, its own and the children's, can be read."""
    return lambda view: view.seen(f"waits.{kind}") is not None


def later_time(view: CaseView, value: Any) -> str:
    """The link to the time namespace of the children, which follows the one joined."""
    if not value:
        return "same"
    if _is_another(view.case, "time"):
        return "new"
    return "same" if view.start.current.nsproxy.time_for_children_is_active else "active"


def later_pid(view: CaseView, value: Any) -> str:
    """The link to the pid namespace of the children."""
    ns = view.start.current.pid_ns
    unborn = not ns.child_reaper or not ns.adding
    if not value:
        return "unknown" if unborn and view.seen("ns.pid_for_children") == "unknown" else "same"
    if not view.after.pid_for_children_is_active:
        return "new"
    return "same" if view.start.current.nsproxy.pid_for_children_is_active else "active"


def shared_before(who: str, kind: str) -> When:
    """Where a helper shared something with the caller, and was asked again afterwards."""

    def asked(view: CaseView) -> bool:
        after = view.seen(f"{who}_after.{kind}")
        return bool(view.seen(f"{who}_before.{kind}")) and after is not None

    return asked


def undo_list_stays(view: CaseView, value: Any) -> bool:
    """Whether a helper still shares the undo list, where there was one."""
    return bool(value or not view.start.current.undo_list)


def stays(_view: CaseView, _value: Any) -> bool:
    """Whether a helper still shares what setns() leaves alone."""
    return True


def pidfd(view: CaseView, _value: Any) -> dict[str, bool] | None:
    """A pidfd that is open, closed on exec, and the child's; none without CLONE_PIDFD."""
    asked = int(view.outcome.call.args.flags) & words.PIDFD
    return {"open": True, "cloexec": True, "is_child": True} if asked else None


def pidfd_can_be_told(view: CaseView) -> bool:
    """Where none was asked for, or the caller and the child are still there to tell of it."""
    if not int(view.outcome.call.args.flags) & words.PIDFD:
        return True
    gone = is_gone_before_the_pidfd(view.case, int(view.after.exit_signal))
    return view.row["ret"] is not None and not gone
