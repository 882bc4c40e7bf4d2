"""One thing that a statement reads: what it says itself, and which other things it names.

A function names what its code looks up: globals, attributes of modules, what it closes over, its
defaults.  Data name what they hold, an instance its class, and a class all its members.  Where
lines stand says nothing.  What cannot be followed is :data:`ANYTHING`.
"""

from __future__ import annotations

import functools
import re
import typing
from collections.abc import Iterator
from dataclasses import Field
from enum import Enum
from operator import attrgetter, itemgetter
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, NamedTuple

from checker.reads.answers import answer
from checker.reads.steps import ATTRIBUTE, GLOBAL, steps
from checker.reads.whole import is_followed_module
from model.entries import ENTRIES
from model.over_time.questions import comes_of, made_for
from model.predict import predict
from model.request import Entry
from model.tables import tables

OURS = ("model", "properties")
"""The packages whose things are followed; of others the name stands for the thing."""


class Parts(NamedTuple):
    """What a thing says itself, what it names in order, and what it names in none.

    What it says are texts, numbers and tuples of these.
    """

    says: Any
    names: list[Any] = []
    unordered: list[Any] = []


class _Anything:
    """Whatever a file of the tree says: who has the tree says in its place what that is."""


ANYTHING = _Anything()
PLAIN = frozenset((type(None), bool, int, float, str, bytes, type(...), range))
_SILENT = {"__doc__", "__module__", "__dict__", "__weakref__", "__abstractmethods__", "_abc_impl",
           "__dataclass_params__", "__firstlineno__", "__static_attributes__"}
_REACHES_ALL = {"globals", "eval", "exec", "__import__"}


@functools.cache
def is_ours(module: str) -> bool:
    """Return whether a module is one whose things are followed."""
    return module.partition(".")[0] in OURS


@functools.singledispatch
def parts(thing: Any) -> Parts:
    """Return what a thing says, and what it names."""
    kind = type(thing)
    if kind in PLAIN:
        return Parts(f"{kind.__name__} {thing!r}")
    if hasattr(thing, "__wrapped__") and kind.__name__ == "_lru_cache_wrapper":
        return Parts("cached", [thing.__wrapped__])
    if is_ours(kind.__module__):
        return _instance(thing)
    if kind.__module__ in ("typing", "dataclasses") or kind in (object, type(typing.Any)):
        return Parts(f"{kind.__module__}.{kind.__qualname__} {getattr(thing, '__name__', '')}")
    return Parts(f"{kind.__module__}.{kind.__qualname__}", [ANYTHING])


def _instance(thing: Any) -> Parts:
    """Return what an instance holds; what it only remembers is left out."""
    kind: Any = type(thing)
    slots, remembered = _layout(kind)
    kept = {**getattr(thing, "__dict__", {})}
    for name in slots:
        if hasattr(thing, name):
            kept[name] = getattr(thing, name)
    names = [name for name in kept if name not in remembered]
    return Parts(("instance", *names), [kind, *(kept[name] for name in names)])


@functools.cache
def _layout(kind: Any) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the names of a class's slots, and of what its instances only remember."""
    slots = [name for one in kind.__mro__ for name in getattr(one, "__slots__", ())]
    known = {name: getattr(kind, name, None) for one in kind.__mro__ for name in vars(one)}
    cached = [name for name, one in known.items() if isinstance(one, functools.cached_property)]
    return tuple(slots), frozenset(cached)


@parts.register(tuple)
@parts.register(list)
def _sequence(thing: Any) -> Parts:
    return _with_its_own(thing, Parts(type(thing).__name__, [*thing]))


@parts.register(dict)
@parts.register(MappingProxyType)
def _mapping(thing: Any) -> Parts:
    if thing is ENTRIES:
        rows = [(name, one.since, one.ends.value) for name, one in _rows()]
        return Parts("entry points", [one.fills for one in thing.values()], rows)
    return _with_its_own(thing, Parts("dict", [part for pair in thing.items() for part in pair]))


@parts.register(set)
@parts.register(frozenset)
def _set(thing: Any) -> Parts:
    return _with_its_own(thing, Parts("set", [], [*thing]))


_CONTAINERS = (tuple, list, dict, set, frozenset, MappingProxyType)


def _with_its_own(thing: Any, held: Parts) -> Parts:
    """Return the parts of a container with its class and what it holds as an instance.

    Of a plain one there is nothing more.
    """
    if type(thing) in _CONTAINERS:
        return held
    own = _instance(thing)
    return Parts((held.says, own.says), [*held.names, *own.names], held.unordered)


def _rows() -> Iterator[tuple[str, Any]]:
    for entry, one in ENTRIES.items():
        yield f"{entry.name} {entry.value} {one.takes} {one.by_user} {one.kernel_clone}", one


@parts.register
def _anything(_thing: _Anything) -> Parts:
    return Parts("anything")


@parts.register
def _module(thing: ModuleType) -> Parts:
    return Parts(f"module {thing.__name__}", [ANYTHING] if is_ours(thing.__name__) else [])


@parts.register
def _property(thing: property) -> Parts:
    return Parts("property", [thing.fget, thing.fset])


@parts.register(staticmethod)
@parts.register(classmethod)
def _of_a_class(thing: Any) -> Parts:
    return Parts(type(thing).__name__, [thing.__func__])


@parts.register(functools.cached_property)
def _cached(thing: Any) -> Parts:
    return Parts("cached property", [thing.func])


@parts.register(functools.partial)
def _partial(thing: Any) -> Parts:
    return Parts("partial", [thing.func, thing.args, thing.keywords])


@parts.register
def _method(thing: MethodType) -> Parts:
    return Parts("method", [thing.__self__, thing.__func__])


@parts.register
def _builtin(thing: BuiltinFunctionType) -> Parts:
    there = thing.__self__
    bound = [] if isinstance(there, ModuleType | type(None)) else [there]
    return Parts(f"builtin {thing.__module__}.{thing.__qualname__}", bound)


@parts.register(re.Pattern)
@parts.register(attrgetter)
@parts.register(itemgetter)
def _as_written(thing: Any) -> Parts:
    return Parts(repr(thing))


@parts.register(Field)
def _field(thing: Any) -> Parts:
    how = f"field {thing.name} {thing.type!r} {thing.init} {thing.compare} {thing.kw_only}"
    held = (thing.default, thing.default_factory, *thing.metadata.items())
    return Parts(how, [repr(one) if isinstance(one, Enum) else one for one in _flat(held)])


def _flat(held: tuple[Any, ...]) -> Iterator[Any]:
    for one in held:
        yield from one if isinstance(one, tuple) else (one,)


def _descriptor(thing: Any) -> Parts:
    return Parts(f"{type(thing).__name__} {getattr(thing, '__name__', '')}")


for _kind in (type(Parts.says), GetSetDescriptorType, MemberDescriptorType,
              MethodDescriptorType, WrapperDescriptorType):
    parts.register(_kind, _descriptor)


@parts.register
def _member(one: Enum) -> Parts:
    """Return a member of an enumeration; an entry point goes with what it ends in."""
    told = f"member {one.name} {one.value!r}"
    return Parts(told, [type(one), *([_table(one)] if isinstance(one, Entry) else [])])


def _table(entry: Entry) -> Any:
    table = tables()[ENTRIES[entry].ends]
    return (table.rows, table.ladders, table.effects, table.record, table.outcome, table.reads)


@parts.register(type)
def _class(kind: type[Any]) -> Parts:
    name = f"class {kind.__module__}.{kind.__qualname__}"
    if not is_ours(kind.__module__):
        return Parts(name)
    held = {key: value for key, value in vars(kind).items() if key not in _SILENT}
    if issubclass(kind, Enum):
        members = [(one.name, one.value) for one in kind.__members__.values()]
        name = f"{name} {members}"
        held = {key: value for key, value in held.items() if isinstance(value, FunctionType)}
    pairs = (part for key in sorted(held) for part in (key, held[key]))
    return Parts(name, [*kind.__bases__, *pairs])


@parts.register
def _code(code: CodeType) -> Parts:
    told = (code.co_code, code.co_names, code.co_varnames, code.co_freevars,
            code.co_cellvars, code.co_flags, code.co_argcount, code.co_kwonlyargcount,
            code.co_posonlyargcount, code.co_exceptiontable)
    return Parts(("code", *told), list(code.co_consts))


@parts.register
def _function(function: FunctionType) -> Parts:
    return function_parts(function, answer(function) if is_a_question(function) else None)


def function_parts(function: FunctionType, answers: str | None) -> Parts:
    """Return what a function says and names; where it is a question that ``answers`` tell, of
    the rules of the single call no more than these."""
    where = str(function.__globals__.get("__name__"))
    name = f"function {where} {function.__module__}.{function.__qualname__}"
    if not is_ours(where):
        return Parts(name)
    cells = [_content(cell) for cell in function.__closure__ or ()]
    looked_up = list(_looked_up(function, answers is None))
    said = [key for key, _ in looked_up]
    return Parts((name, *said, answers), [
        function.__code__, function.__defaults__, function.__kwdefaults__, *cells,
        *(value for _, value in looked_up),
    ])


def is_a_question(function: FunctionType) -> bool:
    """Return whether a function of histories makes a request, and says itself which."""
    space = function.__globals__
    if not _of_histories(str(space.get("__name__"))) or space.get("Entry") is not Entry:
        return False
    return any(space.get(name) in (comes_of, made_for) for name in function.__code__.co_names)


def _of_histories(where: str) -> bool:
    return ".over_time" in where


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return "empty"


def _looked_up(function: FunctionType, with_tables: bool) -> Iterator[tuple[str, Any]]:
    """Yield what a function's code finds in its module and in modules that it names.

    A name that is an attribute as well is taken for both.  Of a module that is read whole only
    functions and classes are followed, to what they name elsewhere.  ``with_tables`` are an entry
    point's, if it is named where histories are written.
    """
    where = str(function.__globals__["__name__"])
    if where in ("model.due", "model.mistake"):  # they say only what is wrong, and where
        return
    for name, thing in _named(function, with_tables and _of_histories(where)):
        if thing is predict and is_followed_module(where):
            yield "whatever it enters", list(Entry)
        if is_followed_module(where) or isinstance(thing, FunctionType | type):
            yield name, thing


def _named(function: FunctionType, with_tables: bool) -> Iterator[tuple[str, Any]]:
    space = function.__globals__
    for code in codes(function.__code__):
        for name in code.co_names:
            if name in space:
                found = space[name]
                if not isinstance(found, ModuleType) and found is not Entry:
                    yield name, found
            elif name in _REACHES_ALL or is_ours(name):
                yield name, ANYTHING
        if any(isinstance(space.get(name), _THROUGH) for name in code.co_names):
            yield from _through_modules(code, space, with_tables)


_THROUGH = (ModuleType, type(Entry))


def _through_modules(
    code: CodeType, space: dict[str, Any], with_tables: bool
) -> Iterator[tuple[str, Any]]:
    """Yield what code takes out of modules, and which entry points it names.

    A module or the class of entry points that is handed on may be asked for anything in it.
    """
    before: Any = None
    for kind, found in steps(code):
        name = found if kind == ATTRIBUTE else ""
        if before is Entry:
            yield from _entries(name, with_tables)
            before = None
        elif isinstance(before, ModuleType):
            before = vars(before).get(name, ANYTHING) if is_ours(before.__name__) else None
            yield name, before
        else:
            before = space.get(found) if kind == GLOBAL else None


def _entries(name: str, with_tables: bool) -> Iterator[tuple[str, Any]]:
    """Yield an entry point that code names; all of them where the class goes elsewhere.

    Steps and statements of histories may ask for a call that enters there.
    """
    known = Entry.__members__
    if with_tables:
        yield name, known[name] if name in known else list(known.values())
    else:
        yield name, Entry


def codes(code: CodeType) -> Iterator[CodeType]:
    """Yield code, and all code within it."""
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from codes(one)
