"""Historical bugs that need more than one step: each found again when its fix is taken out.

Per bug the patch that mended it, the property it broke, and a kernel that has the patch and
nothing that builds on it.  With the patch the property is proved there; without it, and
nothing else changed, a trace breaks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.kernel import Kernel
from model.patch import Patch
from model.patches import (
    COMMIT_CREDS_PAIRED,
    COUNT_BEFORE_TEST,
    EXEC_CANCELS_FIRST,
    EXEC_COUNTS_WORKERS,
    EXEC_ID_64,
    IO_THREAD_GATE,
    IO_WORKER_FLAG_KEPT,
    IO_WQ_RETRY_LIMIT,
    KILL_SEQ,
    KILL_SEQ_OF_TARGET,
    KVM_LATE_WORKER,
    KVM_RETRIES,
    KVM_VHOST_TASK,
    KVM_WAKES_LIVE,
    NO_SIBLINGS_OF_INIT,
    PATCHES,
    REAL_UID_KEY,
    RLIMIT_REF_FIRST,
    ROOT_NS_UNLIMITED,
    SET_USER_TESTS_NEW,
    SET_USER_WITHOUT_CAPABILITIES,
    SIBLING_SIGNAL_LOCKED,
    UCOUNTS_GET_LOCKED,
    UCOUNTS_PIN_NS,
    USERNS_FS_GUARD,
    VHOST_FLUSH_UNLOCKED,
    VHOST_SIGKILL,
    VHOST_TASK_REF,
    VHOST_USES_TASK,
    VHOST_WAKE_ORDER,
    WORKER_MASK_KEPT,
    WORKERS_ARE_THREADS,
)
from model.revisions import REVISIONS


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug by its mending patch, a property that it broke, and where to take the patch out."""

    fix: Patch
    breaks: str
    kernel: str
    what: str

    @property
    def mended(self) -> Kernel:
        """Return the kernel with the patch."""
        return REVISIONS[self.kernel].kernel

    @property
    def broken(self) -> Kernel:
        """Return it without the patch, and without what needs it."""
        taken = frozenset({self.fix, *_built_on(self.fix)})
        kept = REVISIONS[self.kernel].patches - taken
        return Kernel.of(f"{self.kernel} without {self.fix.name}", kept)


def _built_on(patch: Patch) -> Iterator[Patch]:
    for other in PATCHES:
        if patch in other.requires:
            yield other
            yield from _built_on(other)


BUGS: tuple[Bug, ...] = (
    Bug(USERNS_FS_GUARD, "P02H", "v6.1", "a root directory shared across user namespaces"),
    Bug(NO_SIBLINGS_OF_INIT, "P05H", "v6.1", "an init with a sibling that it cannot reap"),
    Bug(SIBLING_SIGNAL_LOCKED, "P45", "v5.10", "a reaper gets another's signal (CVE-2020-35508)"),
    Bug(COMMIT_CREDS_PAIRED, "P23", "v5.15", "a count that nobody takes back"),
    Bug(COMMIT_CREDS_PAIRED, "P24", "v5.15", "a user without tasks that cannot fork"),
    Bug(COUNT_BEFORE_TEST, "P33n", "v5.17", "one task more than the limit"),
    Bug(COUNT_BEFORE_TEST, "P33t", "v5.17", "overlapping forks exceed the limit"),
    Bug(SET_USER_TESTS_NEW, "P27", "v5.17", "set*uid() tests the user it leaves"),
    Bug(REAL_UID_KEY, "P25H", "v5.17", "a task charged to another user than its own"),
    Bug(SET_USER_WITHOUT_CAPABILITIES, "P28", "v5.17", "setuid() from root is never refused"),
    Bug(ROOT_NS_UNLIMITED, "P31H", "v5.17", "root's namespace held to a limit root is exempt from"),
    Bug(VHOST_USES_TASK, "P32H", "series-11", "workers beyond the owner's RLIMIT_NPROC"),
    Bug(VHOST_USES_TASK, "P68H", "series-11", "a worker outside its owner's cgroup"),
    Bug(WORKERS_ARE_THREADS, "P58", "v6.4", "suspend never ends"),
    Bug(WORKERS_ARE_THREADS, "P59", "v6.4", "a cgroup that never freezes"),
    Bug(WORKERS_ARE_THREADS, "P6E", "v6.4", "a zombie that the closer cannot reap"),
    Bug(IO_WORKER_FLAG_KEPT, "P61e", "v6.4", "a core dump that waits for ever"),
    Bug(VHOST_SIGKILL, "P52", "v6.10", "a worker that outlives its killed process"),
    Bug(VHOST_SIGKILL, "P58k", "v6.10", "suspend never ends after a kill"),
    Bug(VHOST_SIGKILL, "P63", "v6.10", "stop wakes a freed task"),
    Bug(EXEC_COUNTS_WORKERS, "P60", "v6.10", "execve() returns with a second live thread"),
    Bug(IO_WQ_RETRY_LIMIT, "P67", "v6.12", "io-wq retries for ever"),
    Bug(KVM_VHOST_TASK, "P59k", "v6.14", "a virtual machine's cgroup that never freezes"),
    Bug(KILL_SEQ, "P70H", "v6.14", "a fork that escapes cgroup.kill"),
    Bug(VHOST_TASK_REF, "P63k", "v6.17", "KVM wakes a freed task (CVE-2025-40024)"),
    Bug(KILL_SEQ_OF_TARGET, "P71H", "debian-6.12.117", "a child killed for another's cgroup"),
    Bug(EXEC_CANCELS_FIRST, "P60i", "debian-6.12.117", "an io worker made inside execve()"),
    Bug(IO_THREAD_GATE, "P61", "debian-6.12.117", "a thread that the core dump did not count"),
    Bug(WORKER_MASK_KEPT, "P62", "debian-6.12.117", "a worker that dumps core"),
    Bug(VHOST_USES_TASK, "P32m", "series-11", "a device too many for RLIMIT_NPROC"),
    Bug(VHOST_USES_TASK, "P69m", "series-11", "a device too many for pids.max"),
    Bug(VHOST_USES_TASK, "P59s", "series-11", "a cgroup that says frozen while a worker runs"),
    Bug(VHOST_USES_TASK, "P59d", "series-11", "a cgroup that never says frozen again"),
    Bug(WORKERS_ARE_THREADS, "P53s", "v6.4", "a worker that SIGSTOP does not stop"),
    Bug(WORKERS_ARE_THREADS, "P59m", "v6.4", "a worker left behind by its migrated process"),
    Bug(WORKERS_ARE_THREADS, "P68r", "v6.4", "a worker with a stale copy of the rlimits"),
    Bug(WORKERS_ARE_THREADS, "P68q", "v6.4", "a worker left in another user namespace"),
    Bug(VHOST_WAKE_ORDER, "P64w", "v6.4", "a wake-up that is lost"),
    Bug(VHOST_SIGKILL, "P59x", "v6.10", "a killed process whose frozen worker works on"),
    Bug(VHOST_FLUSH_UNLOCKED, "P64d", "v6.10", "a flush and a killed worker wait for each other"),
    Bug(KVM_LATE_WORKER, "P66l", "v6.14", "a second thread as soon as there is a VM"),
    Bug(KVM_WAKES_LIVE, "P63n", "v6.14", "KVM wakes a thread that it never made"),
    Bug(KVM_RETRIES, "P66e", "v6.14", "ENOMEM whatever the reason"),
    Bug(KVM_RETRIES, "P66k", "v6.14", "a virtual machine that never runs"),
    Bug(KVM_RETRIES, "P66n", "v6.14", "a signal makes KVM_RUN fail"),
    Bug(WORKER_MASK_KEPT, "P53", "debian-6.12.117", "a worker takes a signal of its process"),
    Bug(WORKER_MASK_KEPT, "P53h", "debian-6.12.117", "a signal that nobody handles"),
    Bug(IO_THREAD_GATE, "P57s", "debian-6.12.117", "a dying SQPOLL thread makes a worker"),
    Bug(EXEC_ID_64, "P46", "v5.10", "a signal of the child's choice after a wrap (CVE-2020-12826)"),
    Bug(UCOUNTS_GET_LOCKED, "P37f", "v5.17", "a ucounts found while it is being freed"),
    Bug(UCOUNTS_PIN_NS, "P37n", "v5.17", "a ucounts without its namespace (CVE-2022-24122)"),
    Bug(RLIMIT_REF_FIRST, "P37", "debian-6.12.117", "a reference lost with a refused signal"),
    Bug(RLIMIT_REF_FIRST, "P37a", "debian-6.12.117", "the same among any number of signals"),
    Bug(COUNT_BEFORE_TEST, "P33o", "v5.17", "one task more than the limit, by any way in"),
    Bug(WORKERS_ARE_THREADS, "P82i", "v6.4", "a worker that is the init of a pid namespace"),
    Bug(WORKERS_ARE_THREADS, "P82e", "v6.4", "a pid namespace that cannot end"),
    Bug(WORKERS_ARE_THREADS, "P82s", "v6.4", "a fork that fails because a worker ended"),
)
