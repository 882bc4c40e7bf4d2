"""Places of credentials, of user namespaces and of what is counted in them."""

from __future__ import annotations

from collections.abc import Callable

from model.algebra import Truth, below, no, when_word
from model.call import Call
from model.patches import UCOUNTS_NPROC
from model.state import Cred
from model.ucounts import charged_to_euid
from source.facts.making import Fact, number_of, one_or_other, pointer_if, pointer_to, whether
from source.program import Program
from source.values import Value, fact, number, unknown

Who = Callable[[Call], Cred]


def _credentials(name: str, its: str, who: Who) -> dict[str, Fact]:
    """Return the places of a credential and of the chain of ucounts that hangs from it."""

    def user(program: Program, call: Call) -> Value:
        handle = program.handle
        root = who(call).uid == 0
        word = when_word(64, root, handle("INIT_USER"), handle("another user"))
        return Value(word, False, f"{its} user")

    def above(level: int, here: str) -> Fact:
        return pointer_if(lambda call: below(level, who(call).user_ns.level), here)

    def own_ns(call: Call) -> Truth:
        return who(call).user_ns.level == 0

    def beyond(over: int, under: int) -> Fact:
        return lambda _program, call: fact(
            when_word(64, who(call).ucounts.beyond_is_over, over, under), signed=True
        )

    return {
        f"{name}->user": user,
        f"{its} user->processes": number_of(
            lambda call: who(call).ucounts.user_processes, signed=True
        ),
        f"{name}->uid": number_of(lambda call: who(call).uid),
        f"{name}->euid": number_of(lambda call: who(call).euid),
        f"{name}->egid": pointer_to(f"{its} egid"),
        f"{name}->cap_effective": number_of(lambda call: who(call).cap_effective),
        f"{name}->thread_keyring": pointer_if(
            lambda call: who(call).thread_keyring, f"{its} thread keyring"
        ),
        f"{name}->process_keyring": pointer_if(
            lambda call: who(call).process_keyring, f"{its} process keyring"
        ),
        f"{name}->user_ns": one_or_other(own_ns, "init_user_ns", f"{its} user_ns"),
        f"{name}->ucounts": pointer_to(f"{its} ucounts"),
        f"{its} ucounts->ns": one_or_other(own_ns, "init_user_ns", f"{its} user_ns"),
        f"{its} ucounts->uid": number_of(lambda call: who(call).uid),
        f"{its} ucounts->rlimit[0]": number_of(lambda call: who(call).ucounts.nproc, signed=True),
        f"{its} user_ns->level": number_of(lambda call: who(call).user_ns.level, signed=True),
        f"{its} user_ns->rlimit_max[0]": number_of(
            lambda call: who(call).user_ns.nproc_max, signed=True
        ),
        f"{its} user_ns->ucounts": above(0, f"{its} ucounts 1 up"),
        f"{its} ucounts 1 up->ns": pointer_to(f"{its} ns 1 up"),
        f"{its} ucounts 1 up->rlimit[0]": number_of(
            lambda call: who(call).ucounts.nproc_parent, signed=True
        ),
        f"{its} ns 1 up->rlimit_max[0]": number_of(
            lambda call: who(call).user_ns.nproc_max_parent, signed=True
        ),
        f"{its} ns 1 up->ucounts": above(1, f"{its} ucounts 2 up"),
        f"{its} ucounts 2 up->ns": pointer_to(f"{its} ns 2 up"),
        f"{its} ucounts 2 up->rlimit[0]": number_of(
            lambda call: who(call).ucounts.nproc_grandparent, signed=True
        ),
        # whatever lies further up is one element: over its bound, or not
        f"{its} ns 2 up->rlimit_max[0]": beyond(0, 2**63 - 1),
        f"{its} ns 2 up->ucounts": above(2, f"{its} ucounts further up"),
        f"{its} ucounts further up->ns": pointer_to(f"{its} ns further up"),
        f"{its} ucounts further up->rlimit[0]": beyond(2**62, 0),
        f"{its} ns further up->rlimit_max[0]": lambda _program, _call: number(2**63 - 1),
        f"{its} ns further up->ucounts": lambda _program, _call: number(0),
    }


CREDENTIALS: dict[str, Fact] = {
    "init_user_ns": pointer_to("init_user_ns"),
    "INIT_USER": pointer_to("INIT_USER"),
    "unprivileged_userns_clone": whether(lambda call: call.system.unprivileged_userns_clone),
    "current->cred": pointer_to("current cred"),
    "current->real_cred": one_or_other(
        lambda call: no(call.current.overridden), "current cred", "current real cred"
    ),
    "creator's ucounts->ns": one_or_other(
        lambda call: call.cred.user_ns.level == 0, "init_user_ns", "its user_ns"
    ),
    "creator's ucounts->rlimit[0]": number_of(lambda call: charged_to_euid(call.cred), signed=True),
    "init_user_ns->level": lambda _program, _call: number(0),
    "init_user_ns->ucounts": lambda _program, _call: number(0),
    "init_user_ns->rlimit_max[0]": lambda _program, _call: number(2**63 - 1),
    "new user_ns->ucounts": lambda _program, _call: number(0),
    "new user_ns->level": lambda _program, _call: number(0),
    "new user_ns->rlimit_max[0]": lambda _program, call: (
        unknown("a bound of a namespace, which has none here")
        if call.kernel[UCOUNTS_NPROC] is False
        else number(0)
    ),
    "fresh ucounts->ns": pointer_to("new user_ns"),
    "fresh ucounts->rlimit[0]": lambda _program, _call: number(0),
    **_credentials("current cred", "its", lambda call: call.cred),
    **_credentials("current real cred", "its objective", lambda call: call.current.real_cred),
}
"""The caller's credentials, and what the call makes of them."""
