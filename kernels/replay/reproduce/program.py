"""A counterexample as a self-contained C program in the style of the kernel's selftests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checker.calls.counterexample import Counterexample
from kernels.cases.case import Case
from kernels.cases.in_words import in_words
from kernels.machines.surroundings import Surroundings
from kernels.observe.facts import IN_C, looked_at
from kernels.observe.in_c import Check
from kernels.observe.owners import imagined
from kernels.observe.visible import deciding
from kernels.replay.fitting import Fitted, fit
from kernels.replay.reproduce.call import call_in_c
from kernels.replay.reproduce.caller import prepared
from kernels.replay.reproduce.collected import CannotWrite, Reproducer
from kernels.replay.reproduce.owner import OwnerWriter
from model import words
from model.call import Situation
from model.kernel import Kernel
from model.predict import predict
from model.records import build
from model.request import Entry
from properties.catalogue import by_id
from properties.claim import Property


def program(found: Counterexample, kernel: Kernel) -> str:
    """Return the program that makes a counterexample's call; raise :class:`CannotWrite`."""
    prop = by_id(found.property)
    if prop.of_patch is not None:
        raise CannotWrite("it speaks of kernels with and without a patch")
    plan = fit(prop, kernel, found.values, Surroundings())
    if plan.case is None:
        owner = imagined(prop, kernel, found.values, Surroundings())
        if owner is not None:
            return OwnerWriter(prop, kernel, owner).text()
        raise CannotWrite(plan.reason)
    return _Writer(prop, kernel, plan.case, plan).text()


class _Writer(Reproducer):
    """Writes a program that makes one system call."""

    def __init__(self, prop: Property, kernel: Kernel, case: Case, plan: Fitted) -> None:
        super().__init__(prop, kernel)
        self.case, self.plan = case, plan
        self.outcome: Any = predict(kernel, build(Situation, plan.values))

    def text(self) -> str:
        """Return the whole program."""
        steps = {
            "prepare": list(prepared(self, self.case, self.plan.line)),
            "call": list(call_in_c(self, self.case.call)),
            "look": list(self._look()),
        }
        for check in self._checks():
            steps["prepare"] += check.before
        start = "fork()"
        if self.case.caller.exit_signal != words.SIGCHLD:
            start = f"(pid_t)SYS(SYS_clone, {int(self.case.caller.exit_signal)})"
        errno = int(self.outcome.errno)
        told = f"the call fails with {words.errno_name(errno)}" if errno else "the call succeeds"
        about = self.about(
            list(in_words(self.case, self.plan.line)),
            "; ".join([told, *(check.told for check in self._checks())]),
        )
        return self.filled(about, steps, start, "0 && " if self._is_vfork() else "")

    def _is_vfork(self) -> bool:
        flags = int(self.outcome.call.args.flags)
        return bool(flags & words.VFORK)

    def _checks(self) -> list[Check]:
        """Return the checks of the facts that break the property."""
        record = self.outcome.record
        names = [looked_at(record, name) for name in self._deciding()]
        unknown = [name for name in names if name not in IN_C[record]]
        if unknown:
            raise CannotWrite(f"what breaks it cannot be seen: {', '.join(unknown)}")
        checks = [IN_C[record][name](self.outcome) for name in dict.fromkeys(names)]
        return [check for check in checks if check is not None]

    def _deciding(self) -> list[str]:
        if self.outcome.errno != 0:
            return []
        return deciding(self.prop, self.kernel, self.plan.values)

    def _look(self) -> Iterator[str]:
        errno = int(self.outcome.errno)
        if errno:
            self.need("check")
            yield f'as_told &= check("result", seen->result, -{words.errno_name(errno)});'
            return
        yield "if (seen->result < 0)"
        yield "\treturn 0;"
        if self.case.call.entry not in (Entry.UNSHARE, Entry.SETNS):
            self.need("wait_for_child", "check")
            yield "wait_for_child();"
            yield 'as_told &= check("a child", seen->child_is_there, 1);'
        for check in self._checks():
            self.need("check", *check.pieces)
            self.notes += [note for note in check.notes if note not in self.notes]
            yield f'as_told &= check("{check.name}", {check.value}, {check.expected});'
