"""Places of cgroups: the caller's, and the one that clone3() names."""

from __future__ import annotations

from collections.abc import Callable

from model.algebra import when_word
from model.call import Call
from model.state import Cgroup
from source.facts.making import Fact, number_of, pointer_to
from source.program import Program
from source.values import Value


def _cgroup(name: str, css_set: str, its: Callable[[Call], Cgroup]) -> dict[str, Fact]:
    """Return the places of a cgroup when the call begins."""

    def flags(program: Program, call: Call) -> Value:
        bit = program.constants["CGRP_FREEZE"]
        return Value(when_word(64, its(call).frozen, 1 << (bit or 0), 0), False)

    return {
        f"{css_set}->dfl_cgrp": pointer_to(name),
        f"{name}->flags": flags,
        f"{name}->kill_seq": number_of(lambda call: its(call).kill_seq),
    }


CGROUPS: dict[str, Fact] = {
    **_cgroup("its cgroup", "the caller's css_set", lambda call: call.current.cgroup),
    **_cgroup(
        "the target cgroup", "the target's css_set", lambda call: call.request.cgroup_target.group
    ),
}
"""Both cgroups and the css_sets that lead to them."""
