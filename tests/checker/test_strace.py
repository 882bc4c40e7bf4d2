"""Lines of strace: what they say of a call, and that no line ends in more than a sentence."""

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.ground.problems import Problem
from checker.strace import facts
from checker.strace.beside import IOCTLS, OPERATIONS, PLAIN, beside_of
from checker.strace.facts import told
from checker.strace.lines import NAMES, Log, call_in, calls_in
from checker.why.around import CALLS
from checker.why.asked import FUNCTIONS
from model.entries import ENTRIES
from model.request import Entry, NsFile
from model.words import FS, NEWNS, NEWPID, NEWUSER, SIGCHLD, VFORK, VM

_CLONE = "clone(child_stack=NULL, flags=CLONE_NEWNS|CLONE_NEWUSER|SIGCHLD)"
_CLONE3 = (
    "clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x7f00, stack_size=0x9000}, 88)"
)

LINES = {
    f"{_CLONE} = -1 ENOSPC (No space left on device)":
        (Entry.CLONE, {"request.flags": NEWNS | NEWUSER | SIGCHLD, "request.stack": 0}, 28),
    f"{_CLONE3} = -1 EINVAL (Invalid argument)":
        (Entry.CLONE3, {"request.flags": VM | VFORK, "request.exit_signal": 17,
                        "request.usize": 88, "request.stack_size": 0x9000,
                        "request.tail": False}, 22),
    "clone3({flags=CLONE_NEWPID|0x4000000000 /* CLONE_??? */, exit_signal=0, stack=NULL, "
    "stack_size=0} => {parent_tid=[7]}, 88) = 7":
        (Entry.CLONE3, {"request.flags": NEWPID | 1 << 38, "request.exit_signal": 0}, 0),
    "clone3({flags=CLONE_NEWPID, exit_signal=0, ...}, 88) = -1 EPERM (Operation not permitted)":
        (Entry.CLONE3, {"request.flags": NEWPID}, 1),
    'clone3({flags=0, exit_signal=0, stack=NULL, stack_size=0, /* bytes 88..95 */ "\\x01"}, 96) '
    "= -1 E2BIG (Argument list too long)":
        (Entry.CLONE3, {"request.tail": True, "request.usize": 96}, 7),
    "clone3({flags=0, set_tid=[7, 3], set_tid_size=2, exit_signal=SIGCHLD, cgroup=7</sys/a b>}, 88)"
    " = -1 EEXIST (File exists)":
        (Entry.CLONE3, {"request.tid0": 7, "request.tid1": 3, "request.set_tid_size": 2,
                        "request.cgroup": 7}, 17),
    "[pid  412] 10:11:12.123456 unshare(CLONE_NEWUSER|CLONE_FS) = -1 EPERM (Operation not "
    "permitted) (INJECTED) <0.000011>":
        (Entry.UNSHARE, {"request.flags": NEWUSER | FS}, 1),
    "412   1700000000.123456 setns(3</proc/1/ns/user>, CLONE_NEWUSER) = -1 EINVAL (Invalid ...)":
        (Entry.SETNS, {"request.target.type": NEWUSER,
                       "request.target.file": int(NsFile.NAMESPACE)}, 22),
    "     0.000123 setns(4<anon_inode:[pidfd]>, CLONE_NEWUSER) = 0":
        (Entry.SETNS, {"request.target.file": int(NsFile.PIDFD)}, 0),
    "setns(5<socket:[77]>, CLONE_NEWNET) = -1 EINVAL (Invalid argument)":
        (Entry.SETNS, {"request.target.file": int(NsFile.OTHER)}, 22),
    "setns(5</run/netns/blue>, CLONE_NEWNET) = 0":
        (Entry.SETNS, {"request.target.file": None}, 0),
    "fork() = ? ERESTARTNOINTR (To be restarted)": (Entry.FORK, {}, 513),
    "vfork( <unfinished ...>": (Entry.VFORK, {}, None),
    "7 vfork( <unfinished ...>\n8 read(3, \"x\", 1) = 1\n7 <... vfork resumed>) = 99":
        (Entry.VFORK, {}, 0),
    "7 clone3({flags=CLONE_VM, exit_signal=0, stack=NULL, stack_size=0} <unfinished ...>\n"
    "7 <... clone3 resumed> => {parent_tid=[8]}, 88) = 8":
        (Entry.CLONE3, {"request.flags": VM, "request.usize": 88}, 0),
    "clone(child_stack=NULL, flags=CLONE_PARENT_SETTID|SIGCHLD, parent_tid=[0], tls=0x7) = "
    "-1 (errno 999)": (Entry.CLONE, {}, 999),
    "clone3(0x7ffe, 88) = -1 EFAULT (Bad address)": (Entry.CLONE3, {"request.usize": 88}, 14),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_says_what_it_says(line: str) -> None:
    """The facts of it, and what came back."""
    entry, facts, errno = LINES[line]
    found = told(call_in(line))
    assert (found.entry, found.errno) == (entry, errno)
    assert {path: found.given.get(path) for path in facts} == facts


def test_what_is_abbreviated_stays_open() -> None:
    """strace -e abbrev: what is behind the dots is not taken for nothing."""
    line = "clone3({flags=CLONE_VM, exit_signal=0, ...}, 96) = -1 E2BIG (Argument list too long)"
    given = told(call_in(line)).given
    assert "request.stack" not in given and "request.tail" not in given


def test_a_cgroup_that_no_flag_asks_for_stays_open() -> None:
    """strace shows the field with CLONE_INTO_CGROUP alone, and an old kernel looks at it."""
    line = "clone3({flags=CLONE_VM, exit_signal=0, stack=NULL, stack_size=0}, 88) = -1 E2BIG (x)"
    assert "request.cgroup" not in told(call_in(line)).given


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("clone(child_stack=NULL, flags=CLONE_NEWUSR) = 1", "did you mean CLONE_NEWUSER?"),
        ("clone(flags=SIGCHLD) = -1 EWHAT (what)", "'EWHAT' is no errno"),
        ("clone(flags=SIGCHLD, flags=0) = 1", "given twice"),
        ("clone3({flags=CLONE_VM}, 88) =", "the line ends where a number should stand"),
        ("open(\"x\") = 3", "no call of clone"),
        ("clone(flags=SIGCHLD) = 1\nclone(flags=SIGCHLD) = 1", "2 calls"),
        ("clone(" + "[" * 500, "deep"),
        ("clone(flags=" + "9" * 5000 + ") = 1", "digits"),
    ],
)
def test_a_bad_line_is_one_sentence(line: str, says: str) -> None:
    with pytest.raises(Problem) as problem:
        told(call_in(line))
    assert says in str(problem.value)


_MARKS = st.text("(){}[]=>|,.~\"'/*?<#\\ 0x\n", max_size=9)


@given(st.text(max_size=200), st.integers(0, 120), _MARKS)
@settings(max_examples=300, deadline=None)
def test_no_line_is_more_than_refused(text: str, place: int, put: str) -> None:
    """Any text, and good lines with something put into them."""
    broken = [text, f"clone({text}", _CLONE3[:place] + put + _CLONE3[place:] + " = -1 EPERM (x)"]
    for line in broken:
        try:
            told(call_in(line))
        except Problem:
            continue


def test_every_system_call_that_makes_tasks_is_read() -> None:
    calls = {one.entry for one in ENTRIES.values() if one.by_user}
    assert {Entry[name.upper()] for name in NAMES} == set(facts._READ) == calls


_RECORD = ("type=SYSCALL msg=audit(1.2:3): arch={} syscall={} success=no exit={} a0={} a1={} "
           "a2=0 a3=0")


@pytest.mark.parametrize(
    ("record", "entry", "given", "errno"),
    [
        (("c000003e", 56, -11, "20020000", 0), Entry.CLONE,
         {"request.flags": NEWNS | 0x20000000, "request.stack": 0}, 11),
        (("c00000b7", 97, -1, "10000000", 0), Entry.UNSHARE, {"request.flags": NEWUSER}, 1),
        (("40000003", 346, -22, 3, "20000000"), Entry.SETNS, {"request.flags": NEWPID}, 22),
        (("c000003e", 435, -7, "7ffd0", 58), Entry.CLONE3, {"request.usize": 88}, 7),
        (("x86_64", "unshare", "EPERM(Operation not permitted)", "CLONE_NEWNS|CLONE_NEWUSER", 0),
         Entry.UNSHARE, {"request.flags": NEWNS | NEWUSER}, 1),
        (("c000003e", 58, 4711, 0, 0), Entry.VFORK, {}, 0),
    ],
)
def test_a_record_of_the_audit_log_says_what_it_says(
    record: tuple[object, ...], entry: Entry, given: dict[str, object], errno: int
) -> None:
    """Numbers are hexadecimal, and of three architectures, or names as `ausearch -i` writes them.

    What does not stand in a record, clone()'s fifth argument and clone3()'s struct, stays open.
    """
    found = told(call_in(_RECORD.format(*record)))
    assert (found.entry, found.errno) == (entry, errno)
    assert given.items() <= found.given.items()
    assert "request.child_tid" not in found.given


@pytest.mark.parametrize("record", [("deadbeef", 56, -1, 0, 0), ("c000003e", 2, -2, 0, 0)])
def test_a_record_of_another_machine_or_call_is_no_call(record: tuple[object, ...]) -> None:
    with pytest.raises(Problem):
        call_in(_RECORD.format(*record))


@pytest.mark.parametrize(
    ("line", "beside"),
    [
        ("ioctl(13<anon_inode:kvm-vcpu:0>, KVM_RUN, 0) = -1 ENOMEM (…)", ("kvm_run", "ENOMEM")),
        ("ioctl(3, 0xaf01, 0) = -1 EBUSY (…)", ("vhost_set_owner", "EBUSY")),
        ('7 execve("/x", ["x = -1 EPERM"], 0x7 /* 9 vars */) = 0', ("execve", "0")),
        ("[pid 7] setresuid32(1, 1, 1) = -1 EAGAIN (…)", ("setresuid", "EAGAIN")),
        ("prctl(PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0) = -1 EINVAL (…)",
         ("prctl(pr_set_no_new_privs)", "EINVAL")),
        (_RECORD.format("c00000b7", 167, -22, 26, 2), ("prctl(pr_set_no_new_privs)", "22")),
        (_RECORD.format("c000003e", 16, -12, 13, "ae80"), ("kvm_run", "12")),
        ("ioctl(3, TCGETS, 0x7) = -1 ENOTTY (…)", None),
        ("prctl(PR_SET_NAME, 0x7) = 0", None),
        ('openat(AT_FDCWD, "x") = -1 ENOENT (…)', None),
        ("execve( <unfinished ...>", None),
    ],
)
def test_a_call_beside_those_that_make_tasks_is_told_by_its_name_and_error(
    line: str, beside: tuple[str, str] | None
) -> None:
    assert beside_of(line) == beside
    log = Log()
    assert list(calls_in([line], log)) == []
    assert (log.beside == {beside: 1}) is (beside is not None and beside[1] != "0")


def test_every_call_beside_is_one_that_can_be_asked_about() -> None:
    names = {*PLAIN, *IOCTLS.values(), *(f"prctl({one.lower()})" for one in OPERATIONS.values())}
    assert names <= {*CALLS, *FUNCTIONS, *(one.name.lower() for one in Entry)}


def test_a_log_goes_on_behind_a_bad_line() -> None:
    """What is not read is counted with its reason; so are other lines and calls without an end."""
    log = Log()
    lines = ["x", "clone(", "1 fork( <unfinished ...>", "2 <... fork resumed>) = 3", "fork() = 4",
             "--- SIGCHLD {si_signo=SIGCHLD} ---", "strace: Process 5 attached"]
    assert [call.name for call in calls_in(lines, log)] == ["fork"]
    assert (log.lines, log.others, sum(log.unread.values()), len(log.open)) == (7, 3, 2, 1)


@pytest.mark.parametrize(
    "line",
    [" " * 60_000, "1 " * 30_000, "[pid " * 12_000, "12:00:00 " * 7_000, "clone(" + "/*" * 30_000,
     'clone("' + "\\" * 60_000, "clone(3" + "<a" * 30_000, "clone(a=" + "~" * 60_000,
     "clone(" + '"a" ' * 3_000, "clone(a <unfinished ...>" + " " * 60_000],
)
def test_no_line_takes_long(line: str) -> None:
    """Whatever is repeated in it."""
    begun = time.process_time()
    with contextlib.suppress(Problem):
        call_in(line)
    assert time.process_time() - begun < 1
