"""What clone3() with CLONE_PIDFD_AUTOKILL, execve(), setuid() and close() do to a child."""

from __future__ import annotations

from model.kernel import Kernel
from model.over_time.autokill import SYSTEM
from model.over_time.places import Life, Maker
from model.over_time.world import World
from model.patches import PIDFD_AUTOKILL
from properties.claim import Claim, holds
from properties.over_time.claim import each_step, some_step
from properties.over_time.steps import changed, goes, happens, only

_COPY = "c8134b5f13ae; kernel/fork.c:copy_process"
_SINCE = holds(needs=PIDFD_AUTOKILL)
_MADE = ("child", "made_by", "child_no_new_privs", "child_root", "pidfd_open")


def _known(kernel: Kernel) -> bool:
    return kernel[PIDFD_AUTOKILL] is True


def _lives(state: World) -> bool:
    return bool(state.child == Life.ALIVE)


def _gains(state: World) -> bool:
    """Return whether a set-user-ID file of root's makes the child root."""
    mapped = state.made_by != Maker.NS_ROOT
    return bool(_lives(state) and mapped and not (state.child_no_new_privs or state.child_root))


@each_step("Tak1", of=SYSTEM, source=_COPY, expect=_SINCE)
def only_who_is_capable_in_its_namespace_makes_a_child_to_autokill_without_no_new_privs(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It is root exactly where its maker is root in the initial namespace; its pidfd is open."""
    born = goes(before, after, "child", Life.NONE, Life.ALIVE)
    able = after.child_no_new_privs or before.owner_is in (Maker.ROOT, Maker.NS_ROOT)
    root = bool(after.child_root) == (before.owner_is == Maker.ROOT)
    whose = after.made_by == before.owner_is and after.pidfd_open
    return Claim(born, bool(able and root and whose) and only(before, after, *_MADE))


@each_step("Tak2", of=SYSTEM, source="kernel/sys.c:__sys_setuid", expect=_SINCE)
def a_maker_gains_before_it_has_a_child_and_gives_up_root_at_any_time(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """And its child stays what it is."""
    moves = before.owner_is != after.owner_is
    gains = before.owner_is == Maker.USER and before.child == Life.NONE
    gives = goes(before, after, "owner_is", Maker.ROOT, Maker.USER)
    return Claim(moves, (gains or gives) and changed(before, after) == {"owner_is"})


@each_step("Tak3", of=SYSTEM, source="fs/exec.c:bprm_fill_uid", expect=_SINCE)
def no_new_privs_and_a_namespace_without_root_keep_a_child_from_gaining(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Else a set-user-ID file makes it root, and that it gained is known for good."""
    roots = _lives(before) and happens(before, after, "child_root")
    gains = before.child_gained != after.child_gained or roots
    fine = bool(after.child_root and after.child_gained) and _gains(before)
    return Claim(gains, fine and only(before, after, "child_gained", "child_root"))


@each_step("Tak4", of=SYSTEM, source="kernel/sys.c:__sys_setuid", expect=_SINCE)
def a_child_gives_up_root_alive_and_changes_nothing_else(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """What its maker set stays: no_new_privs cannot be taken back."""
    gives = happens(after, before, "child_root")
    born = goes(before, after, "child", Life.NONE, Life.ALIVE)
    kept = born or not changed(before, after) & {"child_no_new_privs", "made_by"}
    quiet = _lives(before) and changed(before, after) == {"child_root"}
    return Claim(True, kept and (quiet or not gives))


@each_step("Tak5", of=SYSTEM, source="fs/pidfs.c:pidfs_file_release", expect=_SINCE)
def closing_the_last_pidfd_kills_the_child_and_nothing_else_does(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """Once; the child is released at once, whatever it has become."""
    closes = before.autokilled != after.autokilled or happens(after, before, "pidfd_open")
    open_still = bool(before.pidfd_open) and not after.pidfd_open
    dies = goes(before, after, "child", Life.ALIVE, Life.GONE) and bool(after.autokilled)
    quiet = only(before, after, "pidfd_open", "autokilled", "child")
    return Claim(closes, open_still and dies and quiet)


@each_step("Tak6", of=SYSTEM, source="kernel/exit.c:do_exit", expect=_SINCE)
def a_child_that_ends_by_itself_leaves_its_pidfd_open(
    _kernel: Kernel, before: World, after: World
) -> Claim:
    """It comes from nowhere else, and never back."""
    ends = before.child not in (Life.NONE, after.child)
    gone = goes(before, after, "child", Life.ALIVE, Life.GONE)
    alone = happens(before, after, "autokilled") or changed(before, after) == {"child"}
    return Claim(ends, gone and alone)


@each_step("Takc", of=SYSTEM, source="fs/exec.c:bprm_fill_uid", expect=_SINCE)
def a_step_that_changes_nothing_is_an_execve_that_gains_nothing(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Everybody else does what had not been done."""
    idle = _known(kernel) and before == after
    return Claim(idle, _lives(before) and not _gains(before))


@some_step("Tak7", of=SYSTEM, source=_COPY, expect=_SINCE, cases=(True, False))
def everybody_can_make_a_child_to_autokill_with_no_new_privs_and_who_is_capable_without(
    kernel: Kernel, before: World, after: World, nnp: bool
) -> Claim:
    """CLONE_NNP, or CAP_SYS_ADMIN in the maker's user namespace."""
    able = before.child == Life.NONE and (nnp or before.owner_is != Maker.USER)
    return Claim(_known(kernel) and able, _lives(after) and bool(after.child_no_new_privs) == nnp)


@some_step("Tak8", of=SYSTEM, source="kernel/fork.c:ksys_unshare", expect=_SINCE,
           cases=((Maker.USER, Maker.ROOT), (Maker.USER, Maker.NS_ROOT), (Maker.ROOT, Maker.USER)))
def a_maker_can_become_root_here_or_in_a_namespace_of_its_own_and_give_it_up(
    kernel: Kernel, before: World, after: World, way: tuple[Maker, Maker]
) -> Claim:
    """Before it makes the child; giving up at any time."""
    free = before.child == Life.NONE or way[0] == Maker.ROOT
    return Claim(_known(kernel) and free and before.owner_is == way[0], after.owner_is == way[1])


@some_step("Tak9", of=SYSTEM, source="fs/exec.c:bprm_fill_uid", expect=_SINCE)
def a_child_that_may_gain_can_execute_a_set_user_id_file(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Without no_new_privs, where root is mapped."""
    return Claim(_known(kernel) and _gains(before), bool(after.child_root and after.child_gained))


@some_step("Taka", of=SYSTEM, source="kernel/sys.c:__sys_setuid", expect=_SINCE)
def a_child_that_is_root_can_give_it_up(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """setuid()."""
    return Claim(_known(kernel) and _lives(before) and bool(before.child_root),
                 _lives(after) and not after.child_root)


@some_step("Takb", of=SYSTEM, source="fs/pidfs.c:pidfs_file_release", expect=_SINCE,
           cases=(True, False))
def a_living_child_can_end_by_itself_or_by_its_pidfd(
    kernel: Kernel, before: World, after: World, killed: bool
) -> Claim:
    """While it is open: a set-user-ID program as well."""
    able = _lives(before) and bool(before.pidfd_open)
    gone = after.child == Life.GONE and bool(after.autokilled) == killed
    return Claim(_known(kernel) and able, gone)


@some_step("Takd", of=SYSTEM, source="fs/exec.c:bprm_fill_uid", expect=_SINCE)
def who_cannot_gain_by_a_set_user_id_file_can_execute_it_and_stays_what_it_is(
    kernel: Kernel, before: World, after: World
) -> Claim:
    """Root as well: it is none the less root."""
    alike = _known(kernel) and _lives(before) and not _gains(before)
    return Claim(alike, before == after)
