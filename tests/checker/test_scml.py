"""Patterns of SCML: read, held against kernels, written."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.calls.kernel_names import revision_named
from checker.ground.problems import Problem
from checker.scml.comparison import Compared, compared
from checker.scml.grammar import rules_of
from checker.scml.held import TooMuch
from checker.scml.matching import accepts
from checker.scml.patterns import Rule
from checker.scml.replaced import with_arguments_of
from checker.scml.shown import flags_of
from checker.scml.told import call_told
from checker.scml.written import NotTight, written
from model.call import Situation
from model.kernel import Kernel
from model.predict import predict
from model.records import build
from model.request import Entry
from model.wellformed import well_formed
from model.words import Flag
from tests.calls import situations


def _kernel(name: str) -> Kernel:
    return revision_named(name).kernel


@cache
def _text(kernel: str) -> str:
    return written(_kernel(kernel))


def _held(text: str, kernel: str = "v6.12") -> dict[str, Compared]:
    return {one.name: one for one in compared(_kernel(kernel), rules_of(text, "a.scml"))}


def _much(one: Compared) -> dict[str, str]:
    """Return what is accepted too much: the call by the rule that refuses it."""
    return {found.rule.name: call_told(found.call, one.entry)
            for found in one.too_much if found.rule is not None}


def _little(one: Compared) -> list[str]:
    return [call_told(call, one.entry) for call in one.too_little]


UNSHARE = """
// all that v6.12 takes, in two parts
spaces = CLONE_NEWTIME | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
         CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
unshare(flags = <spaces> | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM
              | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM);
"""


def test_a_file_that_is_exact_is_proved_to_be() -> None:
    """Every flag of unshare() can succeed beside every other, for a task that is alone."""
    assert _held(UNSHARE)["unshare"].exact


def test_a_flag_more_is_too_much_and_one_less_too_little() -> None:
    """Both planted errors are found, each as the smallest call that shows it."""
    more = _held(UNSHARE.replace("CLONE_FS", "CLONE_FS | CLONE_VFORK"))["unshare"]
    assert _much(more) == {"flag is unknown to unshare": "unshare(flags=CLONE_VFORK)"}
    assert not more.too_little
    less = _held(UNSHARE.replace("| CLONE_SYSVSEM", ""))["unshare"]
    assert _little(less) == ["unshare(flags=CLONE_SYSVSEM)"]
    assert not less.too_much


def test_a_flag_that_needs_another_is_told_with_its_rule() -> None:
    """SCML cannot say that one flag needs another; two that exclude each other it can."""
    clone = _held("clone(fn, stack, flags = CLONE_VM | CLONE_SIGHAND | CLONE_FS | CLONE_NEWNS"
                  " | SIGCHLD, arg, ..);")["clone"]
    assert _much(clone) == {
        "shared handlers without shared memory": "clone(flags=CLONE_SIGHAND)",
        "root directory is shared across mount namespaces": "clone(flags=CLONE_FS|CLONE_NEWNS)",
    }


def test_what_only_root_can_do_can_succeed() -> None:
    """A call is not too much because an ordinary caller fails with it."""
    found = _held("clone3(clone_args = { flags = CLONE_NEWNET, exit_signal = SIGCHLD, .. }, size);")
    assert "clone3({flags=CLONE_NEWNET}, 88)" not in _much(found["clone3"]).values()
    assert "clone3({flags=CLONE_NEWNS}, 88)" in _little(found["clone3"])


def test_a_call_that_the_kernel_lacks_is_told() -> None:
    """v4.4 has no clone3()."""
    assert _held("clone3(clone_args, size);", "v4.4")["clone3"].unknown


@pytest.mark.parametrize("kernel", ["v4.4", "v7.3"])
def test_what_is_written_leaves_out_nothing_and_names_no_flag_too_much(kernel: str) -> None:
    """Read back: what is accepted too much is told in it, and needs another flag or argument."""
    text = _text(kernel)
    for one in _held(text, kernel).values():
        assert not one.too_little
        for found in one.too_much:
            assert f"//   {call_told(found.call, one.entry)} = " in text


def test_what_is_written_names_every_flag_with_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """A largest set that lacks a flag is noticed when the file is read back."""
    from checker.scml import tight

    asked = tight.flags_of
    monkeypatch.setattr(
        tight, "flags_of",
        lambda entry: {name: bit for name, bit in asked(entry).items() if name != "CLONE_IO"},
    )
    with pytest.raises(NotTight, match="CLONE_IO"):
        written(_kernel("v5.3"))


SYSCALLS = (Entry.CLONE, Entry.CLONE3, Entry.UNSHARE, Entry.SETNS)


@cache
def _exported() -> list[Rule]:
    return rules_of(_text("v7.3"), "a.scml")


@given(values=situations(SYSCALLS))
def test_whatever_succeeds_on_plain_values_is_accepted(values: dict[str, Any]) -> None:
    """Random calls, without a solver: what is written leaves none of those out that succeed."""
    kernel, start = _kernel("v7.3"), build(Situation, values)
    entry = Entry(int(start.request.entry))
    if well_formed(kernel, start) is True and predict(kernel, start).ok is True:
        rules = [rule for rule in _exported() if rule.call == entry.name.lower()]
        assert accepts(rules, start, entry) is True


@cache
def _always_refused() -> list[tuple[Entry, TooMuch]]:
    flags = " | ".join(flags_of(Entry.CLONE))
    text = f"clone(fn, stack, flags = {flags} | SIGCHLD, arg, ..); clone3(clone_args, size);"
    return [(one.entry, found) for one in _held(text, "v7.3").values() for found in one.too_much]


@given(values=situations(SYSCALLS), data=st.data())
def test_what_is_said_to_fail_whoever_calls_does_so(values: dict[str, Any], data: Any) -> None:
    """Random callers and random contents of what SCML does not see, without a solver."""
    kernel = _kernel("v7.3")
    entry, found = data.draw(st.sampled_from(_always_refused()))
    start = with_arguments_of(build(Situation, found.call), values, entry)
    if well_formed(kernel, start) is True:
        assert predict(kernel, start).ok is False


@pytest.mark.parametrize(("text", "accepted"), [
    ("clone3(a = { flags = CLONE_VM, .. }, size);", True),
    ("clone3(a = { flags = CLONE_FS, .. }, size);", False),
    ("clone3(a = { flags = CLONE_VM }, size);", False),
    ("clone3(a = { flags = CLONE_VM, exit_signal = SIGCHLD, stack = NULL, stack_size }, b);", True),
    ("clone3(a = { flags, exit_signal = SIGHUP, .. }, size);", False),
    ("clone3(a = { flags, pidfd, .. }, size);", False),
    ("clone3(a = { flags, stack = <INTEGER>, .. }, size);", False),
    ("clone3(a, size = NULL);", False),
    ("clone3(a);", False),
    ("clone3(a, ..);", True),
    ("struct s = { flags = CLONE_FS, .. }; struct s = { flags = CLONE_VM, .. };"
     "clone3(a = <s>, size = <INTEGER>);", True),
])
def test_one_call_is_accepted_as_sctrace_does(text: str, accepted: bool) -> None:
    """clone3({flags=CLONE_VM, exit_signal=SIGCHLD, stack=NULL, stack_size=0}, 88)."""
    call = {"request.entry": int(Entry.CLONE3), "request.flags": int(Flag.VM),
            "request.exit_signal": 17}
    start = build(Situation, call)
    assert accepts(rules_of(text, "a.scml"), start, Entry.CLONE3) is accepted


@pytest.mark.parametrize(("signal", "accepted"), [(0, True), (17, False), (64, False), (65, True)])
def test_a_number_stands_for_signals_without_a_name_alone(signal: int, accepted: bool) -> None:
    """strace writes all others by name, which <INTEGER> does not take."""
    call = {"request.entry": int(Entry.CLONE3), "request.exit_signal": signal}
    rules = rules_of("clone3(a = { flags, exit_signal = <INTEGER>, .. }, size);", "a.scml")
    assert accepts(rules, build(Situation, call), Entry.CLONE3) is accepted


@pytest.mark.parametrize(("text", "says"), [
    ("clone(fn, stack, flags = CLONE_VMM);", r"a.scml:1: .*did you mean CLONE_VM\?"),
    ("\nclone3({", "a.scml:2: a name is due"),
    ("clone3(a = { x = <foo> }, s);", "a.scml:1: nothing above is named 'foo'"),
    ("clone3(a = { flag }, s);", r"a.scml:1: .*did you mean flags\?"),
    ("unshare(flags = <PATH>);", "a.scml:1: no argument is the name of a file"),
    ("unshare(@);", "a.scml:1: '@'"),
    ("unshare(flags = CLONE_FS)", "a.scml:1: ; is due, not the end of the file"),
    ("clone(flags = CLONE_VM);", "says of fn cannot .* by their places, not by their names"),
    ("setns(fd = 3, type);", "a.scml:1: what it says of a descriptor cannot be decided"),
    ("unshare(f = " + "[" * 99, "a.scml:1: deeper than"),
    ("unshare(f = CLONE_FS | { a });", "a.scml:1: a name is due"),
    ("struct a = { b, b }; unshare(f);", "a.scml:1: a struct names a field twice"),
])
def test_what_is_wrong_is_one_line_with_its_place(text: str, says: str) -> None:
    """Hostile and broken files."""
    with pytest.raises(Problem, match=says):
        _held(text)
