"""What wait() finds of children, where signal handlers are shared with an init that ends."""

from __future__ import annotations

from model.algebra import either, no
from model.kernel import Kernel
from model.over_time.reaping import SYSTEM
from model.over_time.world import World
from properties.claim import Claim, fails
from properties.over_time.claim import invariant

_ZAP = "obvious but false; kernel/pid_namespace.c:zap_pid_ns_processes"


@invariant("P82w", of=SYSTEM, source=_ZAP, expect=fails(), truth="Trp2")
def a_wait_finds_every_child_that_is_to_send_SIGCHLD(_kernel: Kernel, state: World) -> Claim:
    """False: clone(CLONE_NEWPID|CLONE_VM|CLONE_SIGHAND), its end, and wait() says ECHILD."""
    return Claim(True, no(state.wait_failed))


@invariant("P82x", of=SYSTEM, source=_ZAP, expect=fails(), truth="Trp1")
def a_wait_finds_a_child_that_shares_nothing(_kernel: Kernel, state: World) -> Claim:
    """False: an init made earlier that shared its maker's handlers left SIGCHLD ignored."""
    shares = either(state.child_sighand, state.child_vm, state.child_init)
    return Claim(no(shares), no(state.wait_failed))
