"""Programs of syzkaller: in its words, and answered as the calls that it really makes."""

from __future__ import annotations

import json
import re

from kernels.cases.case import Case, NsFd, NsKind, Ptr
from kernels.pack.syzkaller import Program, answer, files, programs, telling_apart
from kernels.pack.trials import Trial, trial, trials
from model import words
from model.kernel import Kernel
from model.records import build
from model.request import Entry
from model.revisions import REVISIONS

V612, V73 = (REVISIONS[name] for name in ("v6.12", "v7.3"))
_NUMBER = r"0x[0-9a-f]+"
_POINTER = rf"(?:{_NUMBER}|&\({_NUMBER}\))"
_STRUCT = (rf"&\({_NUMBER}\)=\{{{_NUMBER}, {_POINTER}, {_POINTER}, {_POINTER}, "
           rf"\{{{_NUMBER}\}}, 0x0, {_NUMBER}, 0x0, "
           rf"(?:{_NUMBER}|&\({_NUMBER}\)=\[{_NUMBER}(?:, {_NUMBER})*\]), "
           rf"{_NUMBER}, \{{{_NUMBER}\}}\}}")
_NO_CAPS = ", ".join(["0x0"] * 6)
_LINES = (
    rf"syz_clone\({_NUMBER}, 0x0, 0x0, {_POINTER}, {_POINTER}, 0x0\)",
    rf"syz_clone3\({_STRUCT}, {_NUMBER}\)",
    rf"unshare\({_NUMBER}\)",
    rf"setns\((?:r0|{_NUMBER}), {_NUMBER}\)",
    rf"r0 = syz_open_procfs\$(?:namespace|userns)\(0x0, &\({_NUMBER}\)='ns/\w+\\x00'\)",
    rf"capset\(&\({_NUMBER}\)=\{{{_NUMBER}, 0x0\}}, &\({_NUMBER}\)=\{{{_NO_CAPS}\}}\)",
)
"""How the calls stand in syzkaller's syntax: arguments in the order of its descriptions."""


def _tried(kernel: Kernel, **values: int | bool) -> Trial:
    case = build(Case, {name.replace("__", "."): value for name, value in values.items()})
    return trial(kernel, case)


def _made(kernel: Kernel, **values: int | bool) -> list[Program]:
    return programs(kernel, [_tried(kernel, **values)])


def test_every_line_is_in_syzkallers_words() -> None:
    own = {"call__entry": int(Entry.SETNS), "call__nsfd": int(NsFd.OWN)}
    clone3 = {"call__entry": int(Entry.CLONE3)}
    calls: tuple[dict[str, int | bool], ...] = (
        {"call__entry": int(Entry.CLONE), "call__flags": words.FS | 17},
        {**clone3, "call__set_tid": int(Ptr.OK), "call__set_tid_size": 33},
        {**clone3, "call__pidfd": int(Ptr.BAD), "call__flags": words.PIDFD},
        {"call__entry": int(Entry.UNSHARE), "call__flags": 1, "caller__has_caps": True},
        {**own, "call__kind": int(NsKind.UTS), "call__flags": words.NEWIPC},
    )
    found = [*trials(V612.kernel, (Entry.SETNS,)).tried,
             *(_tried(V612.kernel, **values) for values in calls)]
    lines = [line for one in programs(V612.kernel, found) for line in one.lines]
    assert [line for line in lines if not any(re.fullmatch(form, line) for form in _LINES)] == []
    met = [form for form in _LINES if any(re.fullmatch(form, line) for line in lines)]
    assert met == list(_LINES), "each form is met"


def test_a_clone_never_shares_memory_and_is_answered_so() -> None:
    """Syzkaller takes CLONE_VM away, so that shared handlers are refused."""
    flags = words.VM | words.SIGHAND | 17
    asked = _tried(V612.kernel, call__entry=int(Entry.CLONE), call__flags=flags)
    (one,) = programs(V612.kernel, [asked])
    assert asked.errno == 0
    assert one.lines == ("syz_clone(0x811, 0x0, 0x0, 0x0, 0x0, 0x0)",)
    assert answer(V612.kernel, one.case) == "EINVAL"
    assert "shared handlers without shared memory" in one.shows[0]


def test_what_syzkaller_has_no_words_for_is_no_program() -> None:
    clone3 = {"call__entry": int(Entry.CLONE3)}
    assert len(_made(V612.kernel, **clone3)) == 1
    assert _made(V612.kernel, **clone3, call__args_bad=True) == []
    assert _made(V612.kernel, **clone3, call__usize=8192) == []
    assert _made(V612.kernel, **clone3, call__exit_signal=1 << 40) == []
    assert _made(V612.kernel, call__entry=int(Entry.CLONE), call__stack=4096) == []
    assert _made(V612.kernel, call__entry=int(Entry.FORK)) == []
    assert _made(V612.kernel, call__entry=int(Entry.UNSHARE), caller__userns=1) == []


def test_only_calls_that_two_kernels_answer_otherwise_tell_them_apart() -> None:
    """From v7.0 set_tid is read after the exit signal was looked at."""
    both = {"call__entry": int(Entry.CLONE3), "call__exit_signal": 129,
            "call__set_tid": int(Ptr.BAD), "call__set_tid_size": 1}
    plain = {"call__entry": int(Entry.UNSHARE), "call__flags": words.NEWUTS}
    found = [*_made(V612.kernel, **both), *_made(V73.kernel, **both), *_made(V73.kernel, **plain)]
    (apart,) = telling_apart(found, V612.kernel, V73.kernel)
    told = files([apart], [V612, V73], 3)
    (name,) = [name for name in told if name.startswith("programs/")]
    record = json.loads(told["answers.json"])["programs"][name.removeprefix("programs/")]
    assert record["alone"] == {"v6.12": "EINVAL", "v7.3": "EFAULT"}
    assert told[name].splitlines()[-1] == apart.lines[record["call"]]


def test_a_process_with_threads_has_answers_of_its_own() -> None:
    """The executor has threads, a reproducer has none: who has them cannot leave its group."""
    made = _made(V612.kernel, call__entry=int(Entry.UNSHARE), call__flags=words.THREAD)
    (one,) = json.loads(files(made, [V612], 1)["answers.json"])["programs"].values()
    assert one["alone"] == {"v6.12": "success"} and one["with_threads"] == {"v6.12": "EINVAL"}
