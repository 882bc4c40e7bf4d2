"""What a user in or outside a user namespace asks: fork, clone, unshare, setns."""

from __future__ import annotations

from dataclasses import dataclass

from model.algebra import Word, either, when_word
from model.kernel import Kernel
from model.over_time import calls
from model.over_time.commit import namespace
from model.over_time.questions import charged_with
from model.state import Cred
from model.words import CAP_FULL_SET


@dataclass(frozen=True, slots=True)
class Who:
    """A task as the rules see it: its identity, its counts, and its namespace's bound."""

    uid: Word
    ns: Word
    number: Word
    above: Word
    bound: Word

    @property
    def cred(self) -> Cred:
        """Return it as a credential."""
        capable = either(self.ns != 0, self.uid == 0)
        return Cred(
            uid=self.uid,
            euid=self.uid,
            cap_effective=when_word(64, capable, CAP_FULL_SET, 0),
            user_ns=namespace(self.ns, self.bound),
            ucounts=charged_with(self.number, self.above),
        )


def forks(kernel: Kernel, who: Who, limit: Word) -> calls.Forked:
    """Ask for fork()."""
    return calls.fork(kernel, who.cred, limit, False)


def unshares(kernel: Kernel, who: Who, limit: Word) -> calls.UserUnshared:
    """Ask for unshare(CLONE_NEWUSER)."""
    return calls.unshare_user(kernel, who.cred, limit)


def clones(kernel: Kernel, who: Who, limit: Word) -> calls.Cloned:
    """Ask for clone(CLONE_NEWUSER)."""
    return calls.clone_user(kernel, who.cred, limit)


def joins(kernel: Kernel, who: Who, limit: Word, inside: Word) -> Word:
    """Ask for setns(CLONE_NEWUSER); return the errno."""
    return calls.join_user(kernel, calls.task(who.cred, limit), inside)
