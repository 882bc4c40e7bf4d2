"""Filters given as lists: read, answered as libseccomp's own programs answer, told."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import json
import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker.calls.schemas import answer_schema, line_schema
from checker.ground.problems import Problem
from checker.prediction.lines import predicted
from checker.seccomp.answers import NEWER_THAN_CLONE3, USUAL, Container, Verdict, verdicts
from checker.seccomp.before import Filter, filter_of, filtered
from checker.seccomp.named import MASK, MASK_BEFORE_2020, NAMED, named
from checker.seccomp.profile import Action, Profile
from checker.seccomp.reading import profile_of, read
from checker.why.answer import answer
from checker.why.asked import Asked, of_words
from checker.why.words import call_in_words
from model.request import Entry
from model.revisions import REVISIONS

V6_12 = REVISIONS["v6.12"].kernel
ADMIN = Container(USUAL | {"CAP_SYS_ADMIN"})
NUMBERS = {"clone": 56, "fork": 57, "vfork": 58, "unshare": 272, "setns": 308, "clone3": 435}
NEWUSER, NEWCGROUP, SIGCHLD = 0x10000000, 0x02000000, 17


def _says(profile: Profile, syscall: str, flags: int | None, container: Container) -> list[str]:
    index = 1 if syscall == "setns" else 0
    arguments = {} if flags is None else {index: flags}
    return [_word(one) for one in verdicts(profile, syscall, arguments, container)]


def _word(one: Verdict) -> str:
    said = one.said
    return errno.errorcode[said.errno] if said.action is Action.ERRNO else said.action.value


def test_masks_are_those_of_the_profiles() -> None:
    """2114060288 and 2080505856, as the profiles write them."""
    assert (MASK, MASK_BEFORE_2020) == (2114060288, 2080505856)


@pytest.mark.parametrize(
    ("name", "syscall", "flags", "plain", "admin"),
    [
        ("docker", "clone3", None, "ENOSYS", "ALLOW"),
        ("docker", "clone", SIGCHLD, "ALLOW", "ALLOW"),
        ("docker", "clone", NEWUSER | SIGCHLD, "EPERM", "ALLOW"),
        ("docker", "clone", NEWCGROUP | SIGCHLD, "EPERM", "ALLOW"),
        ("docker", "unshare", 0, "EPERM", "ALLOW"),
        ("docker", "setns", 0, "EPERM", "ALLOW"),
        ("docker", "fork", None, "ALLOW", "ALLOW"),
        ("docker-20.10.9", "clone3", None, "EPERM", "EPERM"),
        ("docker-19.03", "clone", NEWCGROUP | SIGCHLD, "ALLOW", "ALLOW"),
        ("docker-19.03", "clone3", None, "EPERM or ENOSYS", "EPERM or ENOSYS"),
        ("containerd", "clone3", None, "ENOSYS", "ALLOW"),
        ("containerd-1.5.5", "clone3", None, "EPERM", "EPERM"),
        ("podman", "clone3", None, "ALLOW", "ALLOW"),
        ("podman", "unshare", NEWUSER, "ALLOW", "ALLOW"),
        ("podman", "setns", NEWUSER, "ALLOW", "ALLOW"),
        ("podman-3.2", "clone3", None, "EPERM", "EPERM"),
        ("podman-3.1", "setns", 0, "EPERM", "ALLOW"),
        ("flatpak", "clone", NEWUSER, "EPERM", "EPERM"),
        ("flatpak", "clone", NEWCGROUP, "ALLOW", "ALLOW"),
        ("flatpak", "clone3", None, "ENOSYS", "ENOSYS"),
        ("RestrictNamespaces=yes", "setns", 0x40000000, "EPERM", "EPERM"),
        ("RestrictNamespaces=yes", "clone3", None, "ENOSYS", "ENOSYS"),
        ("RestrictNamespaces=no", "clone3", None, "ALLOW", "ALLOW"),
        ("RestrictNamespaces=net", "setns", 0x40000000, "ALLOW", "ALLOW"),
        ("RestrictNamespaces=net", "setns", 0, "EPERM", "EPERM"),
        ("RestrictNamespaces=net", "unshare", NEWUSER, "EPERM", "EPERM"),
        ("RestrictNamespaces=~user", "clone", 0x40000000, "ALLOW", "ALLOW"),
        ("RestrictNamespaces=~user", "clone", None, "EPERM or ALLOW", "EPERM or ALLOW"),
    ],
)
def test_what_a_known_filter_says(
    *, name: str, syscall: str, flags: int | None, plain: str, admin: str
) -> None:
    """In a container as Docker makes it, and with CAP_SYS_ADMIN."""
    profile = named(name)
    assert profile is not None
    assert " or ".join(_says(profile, syscall, flags, Container())) == plain
    assert " or ".join(_says(profile, syscall, flags, ADMIN)) == admin


def _profile(**more: Any) -> dict[str, Any]:
    entry = {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": []}
    return {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{**entry, **more}]}


_ARG = {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([], "must be an object"),
        ({}, "defaultAction must be"),
        ({"defaultAction": "SCMP_ACT_ALOW"}, "did you mean SCMP_ACT_ALLOW"),
        ({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": {}}, "syscalls must be a list"),
        ({"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["X"], "archMap": [{}]}, "takes one"),
        (_profile(names=[]), "entry 1 of syscalls: no call is named"),
        (_profile(name="fork"), "both name and names"),
        (_profile(action=4), "entry 1 of syscalls: action must be SCMP_ACT_"),
        (_profile(args=[{**_ARG, "op": "SCMP_CMP_EQUAL"}]), "which there is not"),
        (_profile(args=[{**_ARG, "index": 6}]), "index must be a number up to 5"),
        (_profile(args=[{**_ARG, "value": -1}]), "value must be a number up to"),
        (_profile(action="SCMP_ACT_ERRNO", errnoRet="EPREM"), "did you mean EPERM"),
        (_profile(includes={"cap": []}), "includes has no 'cap'"),
        (_profile(includes={"minKernel": "new"}), "minKernel must be as 4.8"),
        ({"ociVersion": "1.0", "linux": {}}, "there is no filter"),
    ],
)
def test_what_is_no_profile_is_one_line(document: Any, why: str) -> None:
    with pytest.raises(Problem, match=why) as problem:
        profile_of(document, "x")
    assert "\n" not in str(problem.value)


def test_a_profile_is_read_as_runtimes_read_it(tmp_path: Path) -> None:
    """Names or one name, errnos by number or name, an unknown key passed over, and told."""
    made = _profile(action="SCMP_ACT_ERRNO", errno="ENOSYS", arg=[])
    made["defaultErrnoRet"] = 1
    file = tmp_path / "profile.json"
    file.write_text(json.dumps(made))
    found = read(file)
    assert found.default.errno == errno.EPERM and found.entries[0].said.errno == errno.ENOSYS
    assert "did you mean args" in found.notes[0]
    config = {"ociVersion": "1.0.2", "linux": {"seccomp": made},
              "process": {"capabilities": {"bounding": ["CAP_KILL"]}}}
    assert profile_of(config, "config.json").caps == frozenset({"CAP_KILL"})
    file.write_text("{")
    with pytest.raises(Problem, match=r"profile\.json"):
        read(file)


def test_a_kernel_that_is_too_old_has_no_such_entry() -> None:
    profile = profile_of(_profile(includes={"minKernel": "4.8"}), "x")
    assert _says(profile, "clone", 0, Container(version=(4, 7))) == ["EPERM"]
    assert _says(profile, "clone", 0, Container(version=(4, 8))) == ["ALLOW"]


def test_runcs_stub_answers_calls_newer_than_any_that_is_named() -> None:
    """With a newer one named it does not; nor where all is allowed."""
    older = _profile()
    assert _says(profile_of(older, "x"), "clone3", None, Container()) == ["EPERM", "ENOSYS"]
    newer = _profile(names=["clone", "close_range"])
    assert "close_range" in NEWER_THAN_CLONE3
    assert _says(profile_of(newer, "x"), "clone3", None, Container()) == ["EPERM"]
    allowed = {**older, "defaultAction": "SCMP_ACT_ALLOW"}
    assert _says(profile_of(allowed, "x"), "clone3", None, Container()) == ["ALLOW"]


def _asked(entry: str, flags: str | None, error: str | None) -> Asked:
    return of_words(entry, flags, error, [])


def test_where_the_filter_answers_no_rule_is_told() -> None:
    """The kernel never saw the call; where it is let through the rules are as without it."""
    docker = filter_of("docker", [])
    found = answer(_asked("unshare", "CLONE_NEWUSER", "EPERM"), V6_12, docker)
    assert found.by_filter and not found.causes.every and found.error == "EPERM"
    admin = filter_of("docker", ["SYS_ADMIN"])
    found = answer(_asked("unshare", "CLONE_NEWUSER", "EPERM"), V6_12, admin)
    assert not found.by_filter and found.causes.own
    assert not [one for one in found.others if "filter" in one.who or "profile" in one.who]


def test_another_errno_is_not_this_filters() -> None:
    found = answer(_asked("clone3", None, "EPERM"), V6_12, filter_of("docker", []))
    assert found.not_this_filter and not found.by_filter
    predicted = answer(_asked("clone3", None, None), V6_12, filter_of("docker", []))
    assert predicted.by_filter and predicted.error == "ENOSYS"


def test_a_filter_answers_where_the_kernel_has_no_such_call() -> None:
    """An old kernel below a new container: EPERM, before it can say ENOSYS."""
    old = REVISIONS["v4.18"].kernel
    found = answer(_asked("clone3", None, "EPERM"), old, filter_of("docker-20.10.9", []))
    assert found.by_filter and found.errno == errno.ENOSYS


def test_where_clone3_is_told_enosys_glibc_takes_clone() -> None:
    """Behind a filter, and on a kernel without it; not where a known filter says what came back."""
    docker = filter_of("docker", [])
    thread = of_words("pthread_create", None, "EAGAIN", [])
    found = answer(thread, V6_12, docker)
    assert found.asked.entry is Entry.CLONE and found.causes.own
    assert found.filtered is not None and found.filtered.passes
    assert answer(thread, V6_12, filter_of("podman", [])).asked.entry is Entry.CLONE3
    refused = of_words("pthread_create", None, "EPERM", [])
    assert answer(refused, V6_12, docker).asked.entry is Entry.CLONE3
    spawned = answer(of_words("posix_spawn", None, "EAGAIN", []), REVISIONS["v4.18"].kernel)
    assert call_in_words(spawned.asked) == "clone(CLONE_VM|CLONE_VFORK|SIGCHLD, stack=0x10000)"
    old = answer(refused, REVISIONS["v4.18"].kernel, filter_of("docker-20.10.9", []))
    assert old.by_filter and old.asked.entry is Entry.CLONE3
    asked = of_words("posix_spawn", None, "ENOSYS", [])
    with pytest.raises(Problem, match="no clone3"):
        answer(asked, REVISIONS["v4.18"].kernel)


def test_a_call_of_the_kernels_own_meets_no_filter() -> None:
    with pytest.raises(Problem, match="no filter sees it"):
        filtered(Entry.KERNEL_THREAD, {}, V6_12, filter_of("docker", []))
    with pytest.raises(Problem, match="did you mean docker"):
        filter_of("dokcer", [])


def _predicted(*lines: dict[str, Any], before: Filter | None = None) -> list[dict[str, Any]]:
    text = [json.dumps({"kernel": "v6.12", **line}).encode() for line in lines]
    answers = [one for some in predicted([text], "x", before=before) for one in some]
    return [json.loads(one) for one in answers]


def test_lines_of_predict_may_name_a_filter() -> None:
    """Where it answers, the kernel's own answer stands inside; as the schemas say."""
    clone3 = {"request": {"entry": "clone3"}}
    behind = {**clone3, "seccomp": "docker"}
    admin = {**behind, "cap_add": ["SYS_ADMIN"]}
    wrong = {**clone3, "seccomp": 3}
    found = _predicted(clone3, behind, admin, wrong, {**clone3, "cap_add": []})
    assert [one.get("errno") for one in found] == ["0", "ENOSYS", "0", None, None]
    assert found[1]["inside"] == "0" and "lets it pass" in found[2]["notes"][-1]
    assert "cap_add goes with seccomp" in found[4]["error"]
    taken, answered = Draft202012Validator(line_schema()), Draft202012Validator(answer_schema())
    for line in (behind, admin):
        taken.validate({"kernel": "v6.12", **line})
    for one in [*found, *_predicted({**clone3, "seccomp": "docker-19.03"})]:
        answered.validate(one)
    every = _predicted(*[clone3] * 100, before=filter_of("flatpak", []))
    assert {one["errno"] for one in every} == {"ENOSYS"}


_ACTIONS = {"KILL": 0, "KILL_THREAD": 0, "KILL_PROCESS": 0x80000000, "TRAP": 0x00030000,
            "ERRNO": 0x00050000, "TRACE": 0x7FF00000, "LOG": 0x7FFC0000, "ALLOW": 0x7FFF0000}
_OPS = {"NE": 1, "LT": 2, "LE": 3, "EQ": 4, "GE": 5, "GT": 6, "MASKED_EQ": 7}


class _Comparison(ctypes.Structure):
    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("datum_a", ctypes.c_uint64),
                ("datum_b", ctypes.c_uint64))


class _RefusedError(Exception):
    """The same conditions twice, with two actions: no program is made."""


def _library() -> Any:
    name = ctypes.util.find_library("seccomp")
    if name is None:
        pytest.skip("no libseccomp here")
    library = ctypes.CDLL(name)
    library.seccomp_init.restype = ctypes.c_void_p
    return library


def _code(profile: dict[str, Any], library: Any) -> bytes:
    """Return the program that libseccomp makes of a profile as runc and crun hand it over."""
    default = _raw(profile["defaultAction"], profile.get("defaultErrnoRet"))
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(default)))
    for entry in profile["syscalls"]:
        action = _raw(entry["action"], entry.get("errnoRet"))
        if action != default:
            for name in entry["names"]:
                _add(library, context, action, NUMBERS[name], entry["args"])
    reader, writer = os.pipe()
    assert library.seccomp_export_bpf(context, writer) == 0
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        code = stream.read()
    library.seccomp_release(context)
    return code


def _raw(action: str, number: int | None) -> int:
    said = action.removeprefix("SCMP_ACT_")
    return _ACTIONS[said] | ((1 if number is None else number) if said in ("ERRNO", "TRACE") else 0)


def _add(library: Any, context: Any, action: int, number: int, arguments: list[Any]) -> None:
    indices = [one["index"] for one in arguments]
    alone = len(set(indices)) < len(indices)
    groups = [[one] for one in arguments] if alone else [arguments]
    for group in groups:
        some = (_Comparison * len(group))(*map(_comparison, group))
        added = library.seccomp_rule_add_array(
            context, ctypes.c_uint32(action), number, len(group), some)
        if added == -errno.EEXIST:
            raise _RefusedError
        assert added == 0


def _comparison(one: dict[str, Any]) -> _Comparison:
    op = _OPS[one["op"].removeprefix("SCMP_CMP_")]
    return _Comparison(one["index"], op, one["value"], one["valueTwo"])


def _run(code: bytes, number: int, arguments: list[int]) -> int:
    """Return what a classic BPF program returns for a call of x86-64, as the kernel runs it."""
    data = struct.pack("<iIQ6Q", number, 0xC000003E, 0, *arguments)
    steps = list(struct.iter_unpack("<HBBI", code))
    at = value = 0
    while True:
        what, true, false, k = steps[at]
        at += 1
        if what == 0x20:
            value = struct.unpack_from("<I", data, k)[0]
        elif what == 0x54:
            value &= k
        elif what == 0x06:
            return int(k)
        elif what == 0x05:
            at += k
        else:
            holds = {0x15: value == k, 0x25: value > k, 0x35: value >= k, 0x45: value & k != 0}
            at += true if holds[what] else false


_VALUES = (0, 1, 17, 0x100, NEWUSER, NEWUSER | 17, MASK, 2**32, 2**32 + 1, 2**63, 2**64 - 1)


def _random(chance: random.Random) -> dict[str, Any]:
    names = chance.choices(("ERRNO", "ALLOW", "LOG", "KILL_PROCESS", "TRAP", "TRACE"), k=9)

    def said(key: str, number: str) -> dict[str, Any]:
        name = names.pop()
        made: dict[str, Any] = {key: f"SCMP_ACT_{name}"}
        if name in ("ERRNO", "TRACE") and chance.random() < 0.7:
            made[number] = chance.choice((1, 38, 13))
        return made

    ops = ["EQ", "MASKED_EQ"] if chance.random() < 0.8 else ["GE", "LE"]
    size = (0, 1, 1, 1, 2, 2) if ops[0] == "EQ" else (0, 1)

    def argument() -> dict[str, Any]:
        return {"index": chance.randrange(2), "value": chance.choice(_VALUES),
                "valueTwo": chance.choice((0, *_VALUES)),
                "op": f"SCMP_CMP_{chance.choice(ops)}"}

    entries = [
        {"names": chance.sample(("clone", "unshare"), chance.randint(1, 2)),
         "args": [argument() for _ in range(chance.choice(size))],
         **said("action", "errnoRet")}
        for _ in range(chance.randint(1, 5))
    ]
    return {**said("defaultAction", "defaultErrnoRet"), "syscalls": entries}


def _cases(library: Any, many: int) -> Iterator[tuple[dict[str, Any], list[int], set[int], int]]:
    """Yield profiles, arguments, what may be answered to clone(), and what libseccomp's does."""
    chance = random.Random(0)
    for _ in range(many):
        document = _random(chance)
        try:
            code = _code(document, library)
        except _RefusedError:
            continue
        for _ in range(8):
            arguments = [chance.choice(_VALUES), chance.choice(_VALUES), 0, 0, 0, 0]
            known = dict(enumerate(arguments))
            found = verdicts(profile_of(document, "x"), "clone", known, Container())
            may = {_raw(f"SCMP_ACT_{one.said.action}", one.said.errno) for one in found}
            yield document, arguments, may, _run(code, NUMBERS["clone"], arguments)


def test_libseccomps_programs_answer_so() -> None:
    """Of thousands of calls and profiles; where entries agree the answer is one alone."""
    sure = 0
    for document, arguments, may, does in _cases(_library(), 400):
        assert does in may, (document, arguments)
        sure += len(may) == 1
    assert sure > 2000


def test_known_filters_are_told_with_their_source() -> None:
    assert all(one.about and one.source and one.newer is not None or not one.by_oci
               for one in NAMED.values())
