"""What the manual pages might say instead: a wording for each false sentence of theirs.

The sentences themselves are statements of the catalogue, refuted; here stands, in words of our
own, what would be true.  Each was looked up in man-pages 6.03, 6.9.1 and 6.20, which Debian ships.
"""

from __future__ import annotations

from dataclasses import dataclass

READ = ("6.03", "6.9.1", "6.20")
"""The releases of the pages that were read, oldest first."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A place in a manual page, and what might stand there."""

    id: str
    """That of the statement that says what the page says."""
    page: str
    says: str
    better: str
    corrected: str = ""
    """The first of the releases read in which the page no longer says so."""


WORDINGS = (
    Wording(
        "D01", "clone(2), ERRORS, EINVAL",
        "CLONE_SIGHAND and CLONE_CLEAR_SIGHAND exclude each other.",
        "Mark the entry \"clone3() only\": clone() never sees CLONE_CLEAR_SIGHAND, a flag of the"
        " upper 32 bits, and takes the call.",
    ),
    Wording(
        "D07a", "clone(2), ERRORS, EINVAL",
        "CLONE_NEWIPC with CLONE_SYSVSEM gives EINVAL, listed among the flag errors.",
        "\"... This is tested only when the namespaces are made: a caller without CAP_SYS_ADMIN"
        " gets EPERM, and one at a process limit EAGAIN, instead.\"",
    ),
    Wording(
        "D08b", "clone(2), ERRORS, EINVAL",
        "CLONE_NEWPID excludes CLONE_PARENT.",
        "\"CLONE_NEWPID and CLONE_THREAD were specified in the flags mask.\" CLONE_PARENT is"
        " allowed beside it since Linux 3.13 (commit 1f7f4dde5c94).",
    ),
    Wording(
        "D08c", "clone(2), ERRORS, EINVAL",
        "CLONE_NEWUSER excludes CLONE_PARENT.",
        "\"CLONE_NEWUSER and CLONE_THREAD were specified in the flags mask.\"",
        corrected="6.9.1",
    ),
    Wording(
        "D30", "clone(2), CLONE_NEWUSER",
        "CLONE_NEWUSER cannot go with CLONE_THREAD or CLONE_PARENT (in 6.03 CLONE_NEWPID too).",
        "\"This flag can't be specified in conjunction with CLONE_THREAD.\" Before Linux 3.13"
        " CLONE_PARENT was refused as well.",
    ),
    Wording(
        "D14", "clone(2), ERRORS, EINVAL",
        "CLONE_PIDFD excludes CLONE_THREAD.",
        "Mark the entry \"before Linux 6.9\".",
        corrected="6.20",
    ),
    Wording(
        "D14l", "clone(2), CLONE_PIDFD",
        "A pidfd always refers to the leader of a thread group.",
        "\"With CLONE_THREAD (since Linux 6.9) the file descriptor refers to the thread.\"",
        corrected="6.20",
    ),
    Wording(
        "D15a", "clone(2), ERRORS, EINVAL",
        "Only clone() refuses CLONE_PIDFD with CLONE_PARENT_SETTID.",
        "Add: \"clone3(), too, refuses them since Linux 5.9 where pidfd and parent_tid are the"
        " same address.\"",
    ),
    Wording(
        "D22a", "clone(2), ERRORS, ENOMEM",
        "Whatever part of the caller's context cannot be copied for want of memory gives ENOMEM.",
        "Add under EAGAIN: \"(since Linux 5.14) CLONE_NEWUSER was specified, and there was no"
        " memory for the counters of the caller in the new user namespace.\"",
    ),
    Wording(
        "D81", "clone(2), ERRORS",
        "The errors listed are all.",
        "Add EFAULT (clone_args or set_tid cannot be read, the pidfd cannot be stored), EBADF"
        " (cgroup is no file descriptor of a cgroup), ENODEV (that cgroup was removed), ENOENT (it"
        " lies outside the caller's delegation), EMFILE and ENFILE (no file descriptor is left for"
        " the pidfd); before 6.20 E2BIG, too.",
    ),
    Wording(
        "D29a", "clone(2) and fork(2), ERRORS, ERESTARTNOINTR",
        "Only a tracer can see the restart.",
        "Add: \"Since Linux 5.12 kernel code that makes threads in a process (io_uring, vhost since"
        " 6.4) sees it as well; such a call is not restarted by itself.\"",
    ),
    Wording(
        "D31", "clone(2), the child termination signal",
        "The child's end is told by the signal in the low byte of flags, or in exit_signal.",
        "Add: \"A thread (CLONE_THREAD) sends none, and a child made with CLONE_PARENT the signal"
        " of the caller's own thread group; what is asked for is then ignored by clone().\"",
    ),
    Wording(
        "D35a", "clone(2), equivalence between clone() and clone3() arguments",
        "The low byte of flags is the same as exit_signal.",
        "Add to the row: \"must be 0 in clone3() with CLONE_THREAD or CLONE_PARENT; clone()"
        " ignores it there\".",
    ),
    Wording(
        "D77", "clone(2), CLONE_IO",
        "With CLONE_IO parent and child share an I/O context.",
        "Add: \"If the caller has none yet (it has done no I/O and set no I/O priority), nothing is"
        " shared: each gets a context of its own when it needs one.\"",
    ),
    Wording(
        "D34", "clone(2), CLONE_SIGHAND",
        "Without CLONE_SIGHAND the child has a copy of the caller's handlers.",
        "\"If neither CLONE_SIGHAND nor CLONE_CLEAR_SIGHAND is set, ...\"",
    ),
    Wording(
        "D33a", "clone(2), CLONE_PARENT_SETTID",
        "The child's id is stored before the call returns.",
        "Add: \"If the address cannot be written nothing is stored, and no error is given.\"",
    ),
    Wording(
        "D31q", "clone(2), CLONE_PARENT",
        "Without CLONE_PARENT the caller is the child's parent.",
        "\"If neither CLONE_PARENT nor CLONE_THREAD is set, ...\"",
    ),
    Wording(
        "D83", "clone(2), CLONE_NEWPID",
        "Without CLONE_NEWPID the child is in the caller's PID namespace.",
        "\"... in the PID namespace that the caller has set aside for its children by unshare(2)"
        " or setns(2) (/proc/pid/ns/pid_for_children), which is its own if it has not.\"",
    ),
    Wording(
        "D95", "clone(2), clone3()",
        "With CLONE_VM a stack must be given.",
        "\"With CLONE_VM the child runs on the caller's stack unless one is given, so that it"
        " should be, but for CLONE_VFORK.\" The kernel asks for none.",
    ),
    Wording(
        "D73s", "clone(2), ERRORS, EINVAL",
        "Nothing is said of a stack that clone3() refuses.",
        "Add: \"(clone3() only) stack is set and stack_size is 0, or the other way round, or the"
        " stack reaches beyond the address space of user programs.\"",
    ),
    Wording(
        "D73e", "clone(2), ERRORS, EINVAL",
        "Nothing is said of numbers that are no signals.",
        "Add: \"The termination signal is above 64: in clone3(), and since Linux 7.1 in clone().\"",
    ),
    Wording(
        "D73x", "clone(2), ERRORS, EAGAIN; execve(2)",
        "Nothing is said of CLONE_FS during an execve(2).",
        "Add: \"CLONE_FS was specified while another process with the same root and working"
        " directory is inside execve(2).\"",
    ),
    Wording(
        "D26", "clone(2), ERRORS, EPERM",
        "Without CAP_SYS_ADMIN no namespace but a user namespace can be made.",
        "\"... by a process without CAP_SYS_ADMIN, and without CLONE_NEWUSER in the same call,"
        " which gives that capability for the others.\" Add CLONE_NEWTIME (clone3(), since Linux"
        " 6.3).",
    ),
    Wording(
        "D23", "clone(2), ERRORS, ENOSPC",
        "CLONE_NEWPID at the deepest level gives ENOSPC since Linux 3.7.",
        "\"ENOSPC (since Linux 4.9; EINVAL before)\"",
    ),
    Wording(
        "D16a", "clone(2), the set_tid array",
        "set_tid_size is at most the number of PID namespaces that are nested now.",
        "\"... at most the number of PID namespaces that the child will be in: with CLONE_NEWPID"
        " the new one counts.\"",
    ),
    Wording(
        "D16m", "clone(2), the set_tid array",
        "A PID can be chosen in every namespace that the child is in.",
        "Add: \"set_tid_size is at most 32, one less than the namespaces of a child at the deepest"
        " level.\"",
    ),
    Wording(
        "D17i", "clone(2), the set_tid array",
        "In a namespace without an init any PID but 1 is refused.",
        "Add: \"Since Linux 7.1 the capability is looked at first, so that EPERM comes before"
        " EINVAL.\"",
    ),
    Wording(
        "D17a", "clone(2), ERRORS, EINVAL (set_tid)",
        "One invalid PID anywhere in set_tid gives EINVAL.",
        "\"The entries are looked at one by one from the innermost namespace on; the first that is"
        " invalid (EINVAL), not permitted (EPERM) or taken (EEXIST) decides.\"",
    ),
    Wording(
        "D19", "clone(2), ERRORS, EPERM (set_tid)",
        "set_tid needs CAP_SYS_ADMIN.",
        "\"... lacks both CAP_SYS_ADMIN and (since Linux 5.9) CAP_CHECKPOINT_RESTORE ...\", as the"
        " section on set_tid says already.",
    ),
    Wording(
        "D20a", "clone(2), ERRORS, EACCES",
        "Any restriction of cgroups(7) on the target cgroup gives EACCES.",
        "Add: \"ENOENT if the target lies outside the delegation of the caller's cgroup namespace"
        " (nsdelegate), as cgroups(7) says.\"",
    ),
    Wording(
        "D20e", "clone(2), ERRORS",
        "A cgroup is refused for three reasons: not writable, domain controllers below, invalid.",
        "Add EBADF (no cgroup), ENODEV (removed), ENOENT (out of sight), and EOPNOTSUPP for a"
        " thread that would leave its threaded domain.",
    ),
    Wording(
        "D43n", "getrlimit(2), RLIMIT_NPROC",
        "All processes of the real user id count.",
        "\"Since Linux 5.14 the processes of that user in the caller's user namespace and in those"
        " below it count; processes outside it do not. A user namespace has a bound of its own, the"
        " limit of its creator when it was made.\"",
    ),
    Wording(
        "D44a", "getrlimit(2), RLIMIT_NPROC",
        "CAP_SYS_RESOURCE lifts the limit.",
        "\"... that capability in the initial user namespace; in another it does not.\"",
    ),
    Wording(
        "D44b", "getrlimit(2), RLIMIT_NPROC",
        "CAP_SYS_ADMIN lifts the limit.",
        "\"... that capability in the initial user namespace; in another it does not.\"",
    ),
    Wording(
        "D21", "fork(2) and clone(2), ERRORS, EAGAIN",
        "EAGAIN means that one of the limits listed is reached.",
        "Add: the limit of a user namespace above (getrlimit(2)), and CLONE_FS during an"
        " execve(2).",
    ),
    Wording(
        "D61", "user_namespaces(7), nested user namespaces",
        "User namespaces nest 32 levels deep.",
        "\"... 33 levels below the initial one\": the kernel compares the level of the parent.",
    ),
    Wording(
        "P80v", "user_namespaces(7), nested user namespaces (by unshare(2))",
        "User namespaces nest 32 levels deep.",
        "As above: unshare(CLONE_NEWUSER) at level 32 succeeds, at level 33 it gives ENOSPC.",
    ),
    Wording(
        "D62", "user_namespaces(7), nested user namespaces",
        "One level too many gives EUSERS.",
        "\"... ENOSPC (EUSERS before Linux 4.9)\", as clone(2) and unshare(2) say.",
    ),
    Wording(
        "D85", "time_namespaces(7)",
        "unshare(2) is the only way to make a time namespace.",
        "\"Time namespaces are made by unshare(2), and since Linux 6.3 by clone3().\"",
    ),
    Wording(
        "D86", "time_namespaces(7)",
        "Children are placed in the time namespace that was set aside.",
        "Add: \"Since Linux 6.2 a child that shares the caller's memory (CLONE_VM, vfork(2)) enters"
        " it at its next execve(2).\"",
    ),
    Wording(
        "D47", "unshare(2), DESCRIPTION and ERRORS, EINVAL",
        "A bit that the page does not list is invalid.",
        "Add the flag of Linux 7.1 for an empty mount namespace (0x100000).",
    ),
    Wording(
        "D48p", "unshare(2), CLONE_NEWPID",
        "CLONE_NEWPID implies CLONE_THREAD, so that a multithreaded caller is refused.",
        "Strike the sentence: a thread of many may call unshare(CLONE_NEWPID).",
    ),
    Wording(
        "D53i", "unshare(2), DESCRIPTION",
        "CLONE_THREAD implies CLONE_VM, and CLONE_VM implies CLONE_SIGHAND.",
        "\"CLONE_VM implies CLONE_SIGHAND, and CLONE_SIGHAND implies CLONE_THREAD.\" A caller alone"
        " in its thread group may pass CLONE_THREAD whatever else shares its memory.",
    ),
    Wording(
        "D58m", "setns(2), mount namespaces",
        "Who shares its root and working directory joins no mount namespace.",
        "Add: \"From Linux 5.8 on the test was passed by who joined another namespace of a pidfd in"
        " the same call; mended in 2026.\"",
    ),
    Wording(
        "P4As", "setns(2), details for namespaces",
        "Joining needs CAP_SYS_ADMIN in one's own user namespace.",
        "Add: \"Where a user namespace is joined by the same call (a pidfd, since Linux 5.8), the"
        " capability counts in that one.\"",
    ),
)
"""By page: clone(2), getrlimit(2), user_namespaces(7), time_namespaces(7), unshare(2), setns(2)."""

NO_CHANGE = {
    "D43": "the next sentence of the page makes the exemptions",
    "D61a": "the same sentence as D61",
    "D73": "what is missing is told one by one: D73s, D73e, D73x",
    "D52w": "a comment in kernel/fork.c, no page",
    "D60p": "true of its time: before Linux 5.8",
    "D71a": "a comment in include/uapi/linux/sched.h, no page",
    "D28n": "false on Debian's kernels alone, before 2024",
}
"""Refuted statements about documentation that ask for no other words, and why."""
