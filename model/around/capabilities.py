"""capset(), and what prctl() does to capabilities: kernel/capability.c, security/commoncap.c."""

from __future__ import annotations

from model.algebra import (
    Truth,
    Word,
    below,
    both,
    clear,
    either,
    has,
    has_any,
    is_one_of,
    no,
    when,
    when_word,
)
from model.around.rows import Facts, changes, refuses
from model.around.task import Asking, within
from model.around.uids import KEEP_CAPS
from model.patches import EXEC_SECUREBITS
from model.words import CAP_FULL_SET, Errno

_CAPSET = "security/commoncap.c:cap_capset"
_PRCTL = "security/commoncap.c:cap_task_prctl"
SETPCAP = 8
LAST_CAP = 40
NO_AMBIENT_RAISE = 6
BITS = 0x55
"""SECURE_ALL_BITS: NOROOT, NO_SETUID_FIXUP, KEEP_CAPS, NO_CAP_AMBIENT_RAISE."""
UNPRIVILEGED = 0x500
"""EXEC_RESTRICT_FILE and EXEC_DENY_INTERACTIVE, with their locks whoever may set (v6.14)."""
AMBIENT_RAISE, AMBIENT_LOWER, AMBIENT_CLEAR_ALL = 2, 3, 4


@refuses(Errno.EINVAL, at="kernel/capability.c:cap_validate_magic")
def version_of_capset_is_not_known(call: Asking) -> Truth:
    """The header has none of the three versions; the kernel's own is written back."""
    return no(call.asked.known_version)


@refuses(Errno.EPERM, at="kernel/capability.c:capset")
def capset_is_for_another_task(call: Asking) -> Truth:
    """A pid that is neither 0 nor the task's own, whoever asks."""
    return no(call.asked.of_itself)


@refuses(Errno.EPERM, at=_CAPSET)
def inheritable_set_is_more_than_it_may_hand_on(call: Asking) -> Truth:
    """Without CAP_SETPCAP nothing that is neither inheritable nor permitted already."""
    task = call.task
    has_them = within(call.asked.inheritable & CAP_FULL_SET, task.inheritable | task.permitted)
    return both(no(call.holds(SETPCAP)), no(has_them))


@refuses(Errno.EPERM, at=_CAPSET)
def inheritable_set_is_beyond_the_bounding_set(call: Asking) -> Truth:
    """Nothing that is neither inheritable already nor in the bounding set, whoever asks."""
    task = call.task
    return no(within(call.asked.inheritable & CAP_FULL_SET, task.inheritable | task.bounding))


@refuses(Errno.EPERM, at=_CAPSET)
def permitted_set_would_grow(call: Asking) -> Truth:
    """What is not permitted cannot be had so."""
    return no(within(call.asked.permitted & CAP_FULL_SET, call.task.permitted))


@refuses(Errno.EPERM, at=_CAPSET)
def effective_set_is_beyond_the_permitted_one(call: Asking) -> Truth:
    """The new effective set has what the new permitted one has not."""
    return no(within(call.asked.effective & CAP_FULL_SET, call.asked.permitted & CAP_FULL_SET))


@changes(at=_CAPSET)
def has_these_capabilities(call: Asking) -> Facts:
    """Of the ambient ones those stay that are both permitted and inheritable.

    None is gained, so that commit_creds() changes nothing else.
    """
    asked = call.asked
    permitted, inheritable = asked.permitted & CAP_FULL_SET, asked.inheritable & CAP_FULL_SET
    return {"effective": asked.effective & CAP_FULL_SET, "permitted": permitted,
            "inheritable": inheritable, "ambient": call.task.ambient & permitted & inheritable}


@refuses(Errno.EPERM, at="security/commoncap.c:cap_prctl_drop")
def bounding_set_is_not_its_to_change(call: Asking) -> Truth:
    """Without CAP_SETPCAP in its own user namespace; asked before the number is looked at."""
    return no(call.holds(SETPCAP))


@refuses(Errno.EINVAL, at="security/commoncap.c:cap_prctl_drop")
def there_is_no_such_capability(call: Asking) -> Truth:
    """Above CAP_LAST_CAP."""
    return below(LAST_CAP, call.asked.value)


@changes(at="security/commoncap.c:cap_prctl_drop")
def drops_it_from_the_bounding_set(call: Asking) -> Facts:
    """From that alone: what is permitted, inheritable or ambient stays."""
    bounding = call.task.bounding
    for number in range(LAST_CAP + 1):
        asked = call.asked.value == number
        bounding = when_word(64, asked, clear(bounding, 1 << number), bounding)
    return {"bounding": bounding}


def _bits(call: Asking) -> Word:
    """Return SECURE_ALL_BITS of the kernel."""
    return when_word(64, call.kernel[EXEC_SECUREBITS], BITS | UNPRIVILEGED, BITS)


def _is_locked(call: Asking, bit: int) -> Truth:
    """Return whether a bit would change that its lock, the next bit, holds; or the lock open."""
    now, value = call.task.securebits, call.asked.value
    changes = no((now & bit) == (value & bit))
    return both(has(now, bit << 1), either(changes, no(has(value, bit << 1))))


@refuses(Errno.EPERM, at=_PRCTL)
def a_locked_bit_would_change(call: Asking) -> Truth:
    """A bit whose lock is set; and no lock is ever opened."""
    return either(*(_is_locked(call, 1 << number) for number in range(0, 12, 2)))


@refuses(Errno.EPERM, at=_PRCTL)
def there_are_no_such_securebits(call: Asking) -> Truth:
    """Bits that this kernel does not know: it says EPERM to those, too."""
    known = _bits(call)
    locks = when_word(64, call.kernel[EXEC_SECUREBITS], (BITS | UNPRIVILEGED) << 1, BITS << 1)
    return no(within(call.asked.value, known | locks))


@refuses(Errno.EPERM, at=_PRCTL)
def securebits_are_not_its_to_change(call: Asking) -> Truth:
    """Without CAP_SETPCAP; since v6.14 the two about what interpreters run are everybody's.

    To ask for just what there is remains an error without it.
    """
    changed = call.asked.value ^ call.task.securebits
    free = no(has_any(changed, ~(UNPRIVILEGED | UNPRIVILEGED << 1) & (2**64 - 1)))
    anybody = both(call.kernel[EXEC_SECUREBITS], no(changed == 0), free)
    return no(either(call.holds(SETPCAP), anybody))


@changes(at=_PRCTL)
def has_these_securebits(call: Asking) -> Facts:
    """All of them as given, KEEP_CAPS too."""
    return {"securebits": call.asked.value}


@refuses(Errno.EINVAL, at=_PRCTL)
def keepcaps_is_neither_0_nor_1(call: Asking) -> Truth:
    """PR_SET_KEEPCAPS knows no other."""
    return below(1, call.asked.value)


@refuses(Errno.EPERM, at=_PRCTL)
def keepcaps_is_locked(call: Asking) -> Truth:
    """SECBIT_KEEP_CAPS_LOCKED."""
    return call.secure(KEEP_CAPS + 1)


@changes(at=_PRCTL)
def keeps_capabilities_or_not(call: Asking) -> Facts:
    """SECBIT_KEEP_CAPS, for anybody to set; execve() takes it back."""
    now, keep = call.task.securebits, 1 << KEEP_CAPS
    return {"securebits": when_word(64, call.asked.value == 1, now | keep, clear(now, keep))}


@refuses(Errno.EINVAL, at=_PRCTL)
def there_is_no_such_ambient_capability(call: Asking) -> Truth:
    """Above CAP_LAST_CAP; all are cleared with 0."""
    clears = call.asked.value == AMBIENT_CLEAR_ALL
    wrong = below(LAST_CAP, call.asked.rest)
    return when(clears, no(call.asked.rest == 0), wrong)


@refuses(Errno.EINVAL, at=_PRCTL)
def there_is_no_such_ambient_operation(call: Asking) -> Truth:
    """None of raise, lower and clear all (to ask, 1, is left out here)."""
    known = (AMBIENT_RAISE, AMBIENT_LOWER, AMBIENT_CLEAR_ALL)
    return no(is_one_of(call.asked.value, known))


@refuses(Errno.EPERM, at=_PRCTL)
def ambient_capability_is_not_permitted_and_inheritable(call: Asking) -> Truth:
    """To raise one it is both, and SECBIT_NO_CAP_AMBIENT_RAISE is not set; no privilege helps."""
    task = call.task
    there = either(*(both(call.asked.rest == one, has(task.permitted & task.inheritable, 1 << one))
                     for one in range(LAST_CAP + 1)))
    may = both(there, no(call.secure(NO_AMBIENT_RAISE)))
    return both(call.asked.value == AMBIENT_RAISE, no(may))


@changes(at=_PRCTL)
def changes_the_ambient_set(call: Asking) -> Facts:
    """One more, one less, or none."""
    asked, ambient = call.asked, call.task.ambient
    raises = asked.value == AMBIENT_RAISE
    for number in range(LAST_CAP + 1):
        changed = when_word(64, raises, ambient | 1 << number, clear(ambient, 1 << number))
        ambient = when_word(64, asked.rest == number, changed, ambient)
    return {"ambient": when_word(64, asked.value == AMBIENT_CLEAR_ALL, 0, ambient)}


CAPSET = (version_of_capset_is_not_known, capset_is_for_another_task,
          inheritable_set_is_more_than_it_may_hand_on, inheritable_set_is_beyond_the_bounding_set,
          permitted_set_would_grow, effective_set_is_beyond_the_permitted_one,
          has_these_capabilities)
CAPBSET_DROP = (bounding_set_is_not_its_to_change, there_is_no_such_capability,
                drops_it_from_the_bounding_set)
SET_SECUREBITS = (a_locked_bit_would_change, there_are_no_such_securebits,
                  securebits_are_not_its_to_change, has_these_securebits)
SET_KEEPCAPS = (keepcaps_is_neither_0_nor_1, keepcaps_is_locked, keeps_capabilities_or_not)
CAP_AMBIENT = (there_is_no_such_ambient_capability, there_is_no_such_ambient_operation,
               ambient_capability_is_not_permitted_and_inheritable, changes_the_ambient_set)
