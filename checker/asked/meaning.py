"""What a question means: a truth of one call and its outcome, in any of the three readings.

Of a call that fails there is no child, so that nothing is said of it: neither that a thing is
so, nor that it is not.  Each part of a question therefore comes to two truths, that it holds
and that it does not; of a comparison that names the child both are false where a call fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from checker.asked import whole
from checker.asked.at import At
from checker.asked.names import (
    Field,
    bit_named,
    constant,
    entry_named,
    field_named,
    rule_named,
    suggestion,
)
from checker.asked.parser import parsed, wrong
from checker.asked.tree import Compared, Joined, Name, Node, Number, OneOf, Prefixed, Text
from checker.asked.whole import Whole
from checker.ground.json_text import short
from checker.ground.problems import Problem
from model.algebra import Truth, both, either, never, no
from model.records import BOOL, Leaf
from properties.claim import Subject

CLONE_PREFIX = "CLONE_"
_TRUTHS = {"true": True, "false": False, "True": True, "False": False, "yes": True}


class Said(NamedTuple):
    """Whether something holds, and whether it does not; neither where there is nothing."""

    holds: Truth
    fails: Truth


Says = Callable[[At], Said]
Counts = Callable[[At], Whole]


@dataclass(frozen=True)
class Part:
    """A truth (``says``) or a number (``counts``), and what it reads that a call leaves."""

    says: Says | None = None
    counts: Counts | None = None
    made: frozenset[str] = frozenset()
    leaf: Leaf | None = None
    """The field that it is alone, whose words may stand beside it."""


@dataclass(frozen=True)
class Question:
    """A question: its text, and what it means."""

    text: str
    says: Says
    made: frozenset[str]

    def holds(self, call: object, outcome: object) -> Truth:
        """Return whether it holds of a call."""
        return self.says(At(call, outcome)).holds  # type: ignore[arg-type]

    def subjects(self) -> Iterator[Subject]:
        """Yield what it can be about: whatever leaves all that it names."""
        for subject, leaves in _LEAVES.items():
            if self.made <= leaves:
                yield subject


_LEAVES = {
    Subject.CREATE: {"child"},
    Subject.UNSHARE: {"unshared"},
    Subject.SETNS: {"joined"},
    Subject.VHOST: {"child", "worker"},
}


def question(text: str) -> Question:
    """Return what a text asks; raise :class:`Problem` with the column of what is wrong."""
    found = _truth(parsed(text))
    assert found.says is not None
    asked = Question(text, found.says, found.made)
    if not any(asked.subjects()):
        raise Problem(f"no call leaves all of these: {', '.join(sorted(found.made))}")
    return asked


def _truth(node: Node) -> Part:
    """Return a part that must be a truth."""
    part = _part(node, None)
    if part.says is None:
        wrong(node.place, "a number stands where a truth is due: compare it, as in != 0")
    return part


def _number(node: Node, leaf: Leaf | None) -> Part:
    """Return a part that must be a number; words beside it are those of ``leaf``."""
    part = _part(node, leaf)
    if part.counts is None:
        wrong(node.place, "a truth stands where a number is due")
    return part


def _part(node: Node, leaf: Leaf | None) -> Part:
    match node:
        case Number():
            return _constant(node.value)
        case Text():
            return _rule(_at_column(node.place, rule_named, node.value))
        case Name():
            return _name(node, leaf)
        case Prefixed():
            return _prefixed(node, leaf)
        case Joined():
            return _joined(node, leaf)
        case Compared():
            return _compared(node)
        case OneOf():
            equal = (Compared("==", node.part, one, node.place) for one in node.among)
            return _any([_compared(one) for one in equal])


def _at_column(place: int, find: Callable[..., object], *given: object) -> object:
    try:
        return find(*given)
    except Problem as error:
        wrong(place, str(error))


# ---- names --------------------------------------------------------------------------------


def _name(name: Name, leaf: Leaf | None) -> Part:
    """Return what a name alone is."""
    said = str(name)
    if leaf is not None:
        value = _at_column(name.place, constant, said, leaf)
        if isinstance(value, int):
            return _constant(value)
    special = _special(said)
    if special is not None:
        return special
    field = _at_column(name.place, field_named, name.parts)
    if isinstance(field, Field):
        return _field(field)
    bit = _at_column(name.place, bit_named, name.parts)
    if isinstance(bit, tuple):
        return _bits(*bit)
    return _word(name, said)


def _special(said: str) -> Part | None:
    if said == "ok":
        return _plainly(lambda at: at.ok)
    if said == "errno":
        return Part(counts=lambda at: at.errno)
    if said in _TRUTHS:
        return _plainly(lambda _at: _TRUTHS[said])
    return None


def _word(name: Name, said: str) -> Part:
    """Return what a word of the kernel's means alone: a flag, an errno or an entry point."""
    value = _at_column(name.place, constant, said, None)
    if not isinstance(value, int):
        entry = entry_named(said)
        if entry is None:
            wrong(name.place, f"unknown name {short(said)}{suggestion(said)}")
        return _plainly(lambda at: at.call.request.entry == int(entry))
    if said.startswith(CLONE_PREFIX):
        flags = _field(_known(("args", "flags")))
        return Part(says=_has(flags, value).says, counts=_constant(value).counts)
    if said.startswith("E"):
        return Part(says=_of_one(lambda at: at.errno_is(value)), counts=_constant(value).counts)
    return _constant(value)


def _known(parts: tuple[str, ...]) -> Field:
    found = field_named(parts)
    assert found is not None
    return found


def _constant(value: int) -> Part:
    return Part(counts=lambda _at: whole.plain(value))


def _field(field: Field) -> Part:
    made = frozenset({field.of}) if field.is_made else frozenset()
    if field.leaf.width == BOOL:
        return Part(says=_told(made, lambda at: at.value(field)), made=made, leaf=field.leaf)
    return Part(counts=lambda at: at.whole(field), made=made, leaf=field.leaf)


def _bits(field: Field, bits: int) -> Part:
    return _has(_field(field), bits)


def _has(part: Part, bits: int) -> Part:
    counts, mask = part.counts, whole.plain(bits)
    assert counts is not None

    def holds(at: At) -> Truth:
        return whole.compared("==", whole.bitwise("&", [counts(at), mask]), mask)

    return Part(says=_told(part.made, holds), made=part.made)


def _rule(name: object) -> Part:
    return _plainly(lambda at: at.rule_is(str(name)))


def _plainly(holds: Callable[[At], Truth]) -> Part:
    return Part(says=_of_one(holds))


def _of_one(holds: Callable[[At], Truth]) -> Says:
    def says(at: At) -> Said:
        truth = holds(at)
        return Said(truth, no(truth))

    return says


def _told(made: frozenset[str], holds: Callable[[At], Truth]) -> Says:
    """Return what is said of a comparison: nothing where it names what a call did not make."""
    if not made:
        return _of_one(holds)

    def says(at: At) -> Said:
        if never(at.ok):
            return Said(False, False)
        truth = holds(at)
        return Said(both(at.ok, truth), both(at.ok, no(truth)))

    return says


# ---- operators ----------------------------------------------------------------------------


def _prefixed(node: Prefixed, leaf: Leaf | None) -> Part:
    if node.operator == "not":
        says = _truth(node.part)
        return Part(says=lambda at: Said(*reversed(_say(says, at))), made=says.made)
    part = _number(node.part, leaf)
    does = whole.negative if node.operator == "-" else whole.inverted
    return Part(counts=lambda at: does(_count(part, at)), made=part.made)


def _joined(node: Joined, leaf: Leaf | None) -> Part:
    if node.operator == "and":
        return _all([_truth(part) for part in node.parts])
    if node.operator == "or":
        return _any([_truth(part) for part in node.parts])
    if node.operator == "implies":
        premise, conclusion = (_truth(part) for part in node.parts)
        return _any([_not(premise), conclusion])
    return _arithmetic(node, leaf)


def _say(part: Part, at: At) -> Said:
    assert part.says is not None
    return part.says(at)


def _count(part: Part, at: At) -> Whole:
    assert part.counts is not None
    return part.counts(at)


def _not(part: Part) -> Part:
    return Part(says=lambda at: Said(*reversed(_say(part, at))), made=part.made)


def _all(parts: list[Part]) -> Part:
    def says(at: At) -> Said:
        said = [_say(part, at) for part in parts]
        return Said(both(*(one.holds for one in said)), either(*(one.fails for one in said)))

    return Part(says=says, made=_made(parts))


def _any(parts: list[Part]) -> Part:
    return _not(_all([_not(part) for part in parts]))


def _made(parts: list[Part]) -> frozenset[str]:
    return frozenset().union(*(part.made for part in parts))


def _arithmetic(node: Joined, leaf: Leaf | None) -> Part:
    """Return a sum, a product or bits; bits joined are a truth, too: that one is set."""
    beside = leaf or _leaf_among(node.parts)
    parts = [_number(part, beside) for part in node.parts]
    made, operator = _made(parts), node.operator

    def counts(at: At) -> Whole:
        values = [_count(part, at) for part in parts]
        if operator in "&|^":
            return whole.bitwise(operator, values)
        return whole.added(values) if operator == "+" else whole.times(values)

    is_set = _told(made, lambda at: whole.compared("!=", counts(at), whole.plain(0)))
    return Part(says=is_set if operator == "&" else None, counts=counts, made=made)


def _leaf_among(nodes: tuple[Node, ...]) -> Leaf | None:
    """Return the field beside which words stand: the first that is named."""
    for node in nodes:
        if isinstance(node, Name):
            found = _leaf_of(node)
        elif isinstance(node, Joined):
            found = _leaf_among(node.parts)
        else:
            found = _leaf_among((node.part,)) if isinstance(node, Prefixed) else None
        if found is not None:
            return found
    return None


def _leaf_of(name: Name) -> Leaf | None:
    """Return the field of a name; none where a constant, or what can be several, is named."""
    if str(name) == "errno" or _special(str(name)) is not None:
        return None
    try:
        found = field_named(name.parts)
    except Problem:
        return None
    return found.leaf if found is not None else None


# ---- comparisons --------------------------------------------------------------------------


def _compared(node: Compared) -> Part:
    if isinstance(node.left, Name) and str(node.left) == "rule":
        return _rule_compared(node)
    leaf = _leaf_among((node.left, node.right))
    left, right = _part(node.left, leaf), _part(node.right, leaf)
    if node.operator == "has":
        return _has_all(node, left, right)
    if left.counts is not None and right.counts is not None:
        return _numbers(node, left, right)
    if node.operator not in ("==", "!="):
        wrong(node.place, f"truths are not ordered: {node.operator} compares numbers")
    return _truths(node, _as_truth(left, node.left), _as_truth(right, node.right))


def _rule_compared(node: Compared) -> Part:
    if not isinstance(node.right, Text) or node.operator not in ("==", "!="):
        wrong(node.place, 'a rule is compared by its words: rule == "child would exceed"')
    part = _rule(_at_column(node.right.place, rule_named, node.right.value))
    return part if node.operator == "==" else _not(part)


def _has_all(node: Compared, left: Part, right: Part) -> Part:
    if left.counts is None or right.counts is None:
        wrong(node.place, "has asks for bits of a number: flags has CLONE_VM|CLONE_FS")

    def holds(at: At) -> Truth:
        bits = _count(right, at)
        return whole.compared("==", whole.bitwise("&", [_count(left, at), bits]), bits)

    made = left.made | right.made
    return Part(says=_told(made, holds), made=made)


def _numbers(node: Compared, left: Part, right: Part) -> Part:
    made, operator = left.made | right.made, node.operator

    def holds(at: At) -> Truth:
        return whole.compared(operator, _count(left, at), _count(right, at))

    return Part(says=_told(made, holds), made=made)


def _as_truth(part: Part, node: Node) -> Part:
    """Return a part as a truth: 0 and 1 are those, too."""
    if part.says is not None:
        return part
    if isinstance(node, Number) and node.value in (0, 1):
        return _plainly(lambda _at: node.value == 1)
    return _refused(node)


def _refused(node: Node) -> NoReturn:
    wrong(node.place, "a number is compared with a truth")


def _truths(node: Compared, left: Part, right: Part) -> Part:
    def says(at: At) -> Said:
        one, other = _say(left, at), _say(right, at)
        alike = either(both(one.holds, other.holds), both(one.fails, other.fails))
        unlike = either(both(one.holds, other.fails), both(one.fails, other.holds))
        return Said(alike, unlike)

    part = Part(says=says, made=left.made | right.made)
    return part if node.operator == "==" else _not(part)

