"""C as it is read for a review: typed expressions and statements, each with its line.

Values only: two functions that read the same give equal nodes, but for the lines, which do
not count.  A local variable is a number, in the order of declaration in its function (parameters
first); its name is for people.  Whatever the front end cannot tell is an ``Unread``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

INT, POINTER, RECORD, ARRAY, FUNCTION, VOID, OTHER = (
    "int",
    "pointer",
    "record",
    "array",
    "function",
    "void",
    "other",
)
"""The kinds of types; truth values, characters and enumerations are ``INT``."""


@dataclass(frozen=True, slots=True)
class CType:
    """A type: its kind, its size in bits (0: not known), its sign, and how it is written.

    ``name`` is the canonical spelling: ``struct task_struct *``, ``unsigned long``.
    """

    kind: str
    bits: int = 0
    signed: bool = False
    name: str = ""
    volatile: bool = False


def _line() -> int:
    return field(default=0, compare=False)


# --- expressions -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """An integer: a literal, an enumerator, what ``sizeof`` and ``offsetof`` come to."""

    type: CType
    value: int
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal."""

    type: CType
    text: str
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Local:
    """A local variable or parameter, as a place."""

    type: CType
    number: int
    name: str = field(default="", compare=False)
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Global:
    """A variable of the file or the kernel, or a ``static`` one of the function, as a place."""

    type: CType
    name: str
    line: int = _line()


@dataclass(frozen=True, slots=True)
class FunctionName:
    """A function, named."""

    type: CType
    name: str
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a record, as a place; ``p->f`` is a field of ``Deref(p)``.

    ``record`` is the type that declares the field (an unnamed one is named by its outer
    record); ``bits`` is the width of a bit field, 0 where it is none.
    """

    type: CType
    base: Expression
    record: str
    name: str
    bits: int = 0
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Index:
    """An element of an array place or of what a pointer points to, as a place."""

    type: CType
    base: Expression
    index: Expression
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Deref:
    """What a pointer points to, as a place."""

    type: CType
    pointer: Expression
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a place."""

    type: CType
    place: Expression
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Unary:
    """``-``, ``~``, ``!`` or ``+`` of a value."""

    type: CType
    operator: str
    value: Expression
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Binary:
    """An operation on two values: arithmetic, comparison, ``&&``, ``||`` or the comma."""

    type: CType
    operator: str
    left: Expression
    right: Expression
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Convert:
    """A value taken as another type, by a cast or without being asked (promotion, decay)."""

    type: CType
    value: Expression
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Choose:
    """``test ? then : other``; without ``then`` it is the GNU ``test ?: other``.

    There the value of ``test``, asked once, is taken as ``type``.
    """

    type: CType
    test: Expression
    then: Expression | None
    other: Expression
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Call:
    """A call; ``callee`` is a ``FunctionName`` or any expression of a function's address."""

    type: CType
    callee: Expression
    arguments: tuple[Expression, ...]
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Assign:
    """``place = value``, or with an operator (``|``, ``+``, …) the compound assignment.

    ``computed`` is the type in which a compound assignment is computed.
    """

    type: CType
    place: Expression
    value: Expression
    operator: str = ""
    computed: CType | None = None
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Step:
    """``++`` or ``--``, before or after."""

    type: CType
    place: Expression
    operator: str
    before: bool
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Initial:
    """A braced initialiser: (path of field names and indices, value); the rest is zero."""

    type: CType
    items: tuple[tuple[tuple[str | int, ...], Expression], ...]
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Compound:
    """A compound literal: an unnamed object of its block, as a place."""

    type: CType
    value: Expression
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Inside:
    """A GNU statement expression: its value is its last statement's, where that has one."""

    type: CType
    body: tuple[Statement, ...]
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Unread:
    """What is not understood, in its words, with the parts that were read all the same.

    ``mark`` tells two apart that have the same words and may mean something else.
    """

    type: CType
    text: str
    why: str = field(default="", compare=False)
    parts: tuple[Expression, ...] = ()
    line: int = _line()
    mark: str = ""


Expression = (
    Constant
    | Text
    | Local
    | Global
    | FunctionName
    | Member
    | Index
    | Deref
    | Address
    | Unary
    | Binary
    | Convert
    | Choose
    | Call
    | Assign
    | Step
    | Initial
    | Compound
    | Inside
    | Unread
)


# --- statements ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declare:
    """A local variable comes to be; ``cleanup`` is called with its address where its scope ends."""

    type: CType
    number: int
    name: str = field(default="", compare=False)
    value: Expression | None = None
    cleanup: str = ""
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Do:
    """An expression, for what it does."""

    value: Expression
    line: int = _line()


@dataclass(frozen=True, slots=True)
class If:
    """``if``, with the other branch where there is one."""

    test: Expression
    then: Statement
    other: Statement | None = None
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Loop:
    """``for``, ``while`` and, with ``first``, ``do … while``; no test means for ever."""

    before: Statement | None
    test: Expression | None
    after: Expression | None
    body: Statement
    first: bool = False
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Switch:
    """``switch``; the cases are labels inside its body."""

    value: Expression
    body: Statement
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Case:
    """``case low:``, ``case low ... high:``; without ``low`` it is ``default:``."""

    low: int | None
    high: int | None
    body: Statement
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Label:
    """A label and the statement behind it."""

    name: str
    body: Statement
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Goto:
    """A jump to a label."""

    label: str
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Return:
    """The end of the function, with its value where it has one."""

    value: Expression | None = None
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Break:
    """Out of the innermost loop or switch."""

    line: int = _line()


@dataclass(frozen=True, slots=True)
class Continue:
    """To the next round of the innermost loop."""

    line: int = _line()


@dataclass(frozen=True, slots=True)
class Block:
    """Statements in a scope of their own."""

    body: tuple[Statement, ...]
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Assembly:
    """An ``asm`` statement: its words, the places that it may write, the values that it reads.

    ``labels`` are those that an ``asm goto`` may jump to.
    """

    text: str
    outputs: tuple[Expression, ...] = ()
    inputs: tuple[Expression, ...] = ()
    volatile: bool = True
    labels: tuple[str, ...] = ()
    line: int = _line()


@dataclass(frozen=True, slots=True)
class Strange:
    """A statement that is not understood, in its words; for ``mark`` see ``Unread``."""

    text: str
    why: str = field(default="", compare=False)
    line: int = _line()
    mark: str = ""


Statement = (
    Declare
    | Do
    | If
    | Loop
    | Switch
    | Case
    | Label
    | Goto
    | Return
    | Break
    | Continue
    | Block
    | Assembly
    | Strange
)


# --- functions -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its number among the locals, its type and its name."""

    number: int
    type: CType
    name: str = field(default="", compare=False)
    line: int = _line()


@dataclass(frozen=True, slots=True)
class FunctionBody:
    """A function as it was read; ``path`` and lines say where it stands.

    ``troubles`` are the compiler's errors inside it, and exits of its text that the reading
    does not have: where there is one, nothing may be proved of the function.
    """

    name: str
    returns: CType
    parameters: tuple[Parameter, ...]
    body: Block
    path: str = field(default="", compare=False)
    line: int = _line()
    last: int = field(default=0, compare=False)
    static: bool = False
    troubles: tuple[str, ...] = ()
    assumed: tuple[str, ...] = field(default=(), compare=False)
    """What the reading itself rests on, a sentence each."""


# --- records ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: where it begins and how wide it is, both in bits.

    Those of an unnamed part stand among the record's own, so that two that overlap share memory.
    """

    name: str
    type: CType
    at: int
    bits: int


@dataclass(frozen=True, slots=True)
class Record:
    """A structure or union: its size in bits, and its fields in order."""

    name: str
    bits: int
    union: bool
    fields: tuple[Field, ...]
