"""What a kernel that is built without an option does to a call, and to which calls alone.

The barest kernel stands beside one with every option, whatever patches both have.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from model import words
from model.algebra import Truth, both, either, has, has_any, no
from model.alike import same_outcome
from model.call import Call
from model.evaluate import Outcome, outcome_of
from model.kernel import Kernel
from model.new_namespaces import Ns
from model.patches import (
    OPTIONS,
    WITHOUT_CGROUP_PIDS,
    WITHOUT_CGROUPS,
    WITHOUT_IO_URING,
    WITHOUT_IPC_NS,
    WITHOUT_NET_NS,
    WITHOUT_PID_NS,
    WITHOUT_SECURITY,
    WITHOUT_SYSVIPC,
    WITHOUT_TIME_NS,
    WITHOUT_USER_NS,
    WITHOUT_UTS_NS,
)
from model.predict import call_of
from model.rules.cgroup import entered, pids_refuse
from model.state import Fallible
from model.wellformed import well_formed
from properties.claim import Claim, Kind, Property, Statement, claims, holds

FLAGS = {
    WITHOUT_USER_NS: words.NEWUSER,
    WITHOUT_PID_NS: words.NEWPID,
    WITHOUT_UTS_NS: words.NEWUTS,
    WITHOUT_IPC_NS: words.NEWIPC,
    WITHOUT_NET_NS: words.NEWNET,
    WITHOUT_TIME_NS: words.NEWTIME,
    WITHOUT_CGROUPS: words.NEWCGROUP | words.INTO_CGROUP,
    WITHOUT_SYSVIPC: words.SYSVSEM,
}
"""The flags that are answered otherwise where an option is left out."""

NAMESPACES = tuple(option for option in FLAGS if option.name.endswith("_NS"))
"""The options whose flag is refused without them."""

STEPS = {
    WITHOUT_SECURITY: (
        Fallible.SECURITY_TASK_ALLOC,
        Fallible.SECURITY_TASK_CREATE,
        Fallible.SECURITY_CREATE_USER_NS,
    ),
    WITHOUT_IO_URING: (Fallible.IO_URING_FORK,),
}
"""The steps that can no longer fail where an option is left out."""


def _of_options(identity: str, source: str) -> Callable[[Statement], Property]:
    """Declare a statement about all options under every set of patches; one stands for them."""
    return claims(
        identity, source=source, expect=holds(), kind=Kind.PATCH, of_patch=WITHOUT_USER_NS
    )


@lru_cache(maxsize=4)
def _bare(call: Call) -> Outcome:
    """Return the outcome on the kernel with the same patches and none of the options."""
    kernel = call.kernel
    for option in OPTIONS:
        kernel = kernel.but(option, both(*(kernel[needed] for needed in option.requires)))
    return outcome_of(call_of(kernel, call.start))


def _possible(call: Call) -> Truth:
    """Return whether the call can be made on the bare kernel, too."""
    return well_formed(_bare(call).call.kernel, call.start)


def left_out(kernel: Kernel, call: Call) -> Truth:
    """Return whether the call asks for something that a kernel is built without."""
    flags = call.args.flags
    return either(
        *(both(kernel[option], has_any(flags, some)) for option, some in FLAGS.items()),
        *(both(kernel[option], call.fails(one)) for option, some in STEPS.items() for one in some),
        both(kernel[WITHOUT_CGROUP_PIDS], pids_refuse(entered(call))),
    )


@_of_options("B01", "the stubs in include/linux")
def without_options_only_calls_that_ask_for_them_differ(call: Call, outcome: Outcome) -> Claim:
    """The barest kernel answers all others as one with every option."""
    bare = _bare(call)
    others = both(_possible(call), no(left_out(bare.call.kernel, call)))
    return Claim(others, same_outcome(outcome, bare))


@_of_options("B02", "the stubs in include/linux")
def without_its_option_no_namespace_is_made(call: Call, _outcome: Outcome) -> Claim:
    """CLONE_NEWUSER, PID, UTS, IPC, NET and TIME are refused, whoever asks."""
    kernel = _bare(call).call.kernel
    asked = either(*(both(kernel[one], has(call.args.flags, FLAGS[one])) for one in NAMESPACES))
    return Claim(both(_possible(call), asked), no(_bare(call).ok))


@_of_options("B03", "include/linux/cgroup_namespace.h:copy_cgroup_ns")
def without_cgroups_a_new_cgroup_namespace_means_nothing(call: Call, _outcome: Outcome) -> Claim:
    """CLONE_NEWCGROUP is not refused, unlike the flags of the other namespaces."""
    bare = _bare(call)
    asked = both(_possible(call), has(call.args.flags, words.NEWCGROUP), bare.ok)
    return Claim(asked, bare.child.cgroup_ns == int(Ns.SAME))


@_of_options("B04", "include/linux/cgroup.h:cgroup_can_fork")
def without_cgroups_the_child_starts_where_the_caller_is(call: Call, _outcome: Outcome) -> Claim:
    """CLONE_INTO_CGROUP is not refused, whatever its descriptor names, and means nothing."""
    bare = _bare(call)
    asked = both(_possible(call), has(call.args.flags, words.INTO_CGROUP), bare.ok)
    return Claim(asked, no(bare.child.in_target_cgroup))
