"""A record that is damaged, forged, foreign or out of date is not believed."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

from checker.ground import sealed
from checker.ground.sealed import Unusable, opened
from checker.record import runs, sources
from checker.record.result import Result, Verdict
from command import recorded
from command.recorded import Memory, Run
from command.shelf import Shelf
from command.views import Views

RESULTS = [
    Result("P02", "name", "sentence", "catalogue", "source", kernel, Verdict.PROVED,
           Verdict.PROVED, witness={"kernel": kernel, "call": {"at": 1}}, place=place)
    for place, kernel in enumerate(("v6.1", "v6.12"))
]
OTHER = ("P03",), ("v6.1",)


def asks(names: tuple[str, ...] = ("P02",), kernels: tuple[str, ...] = ()) -> Memory:
    """What a run of a command line sees, as a new process would."""
    runs.known_at.cache_clear()
    found = recorded.memory(names, kernels, recheck=False)
    assert found is not None
    return found


def keep(memory: Memory) -> None:
    run = Run(Views(lambda: RESULTS), lambda: ([], 0), list, lambda: Shelf().text(RESULTS),
              lambda: b"[]")
    memory.keep(run, ["as kept"], 0)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A record with one run in it; returns its folder."""
    monkeypatch.setenv(runs.WHERE, str(tmp_path / "home"))
    monkeypatch.setattr(runs, "loaded_otherwise", lambda: iter(()))
    keep(asks())
    return tmp_path / "home"


def entry(home: Path) -> Path:
    (found,) = home.glob("*.run")
    return found


def test_an_equal_run_is_found_again_with_all_it_came_to(home: Path) -> None:
    run = asks().again()
    assert run is not None
    assert run.views.results() == RESULTS
    assert run.end() == (["as kept"], 0)
    assert "all 2 verdicts kept" in run.note()[0]


def test_another_command_line_is_another_question(home: Path) -> None:
    assert asks(("P03",)).again() is None
    assert asks(("P02",), ("v6.12",)).again() is None


def flipped(at: Callable[[bytes], int], home: Path) -> None:
    data = bytearray(entry(home).read_bytes())
    data[at(bytes(data))] ^= 4
    entry(home).write_bytes(data)


def rewritten(change: Callable[[bytes], bytes], home: Path) -> None:
    entry(home).write_bytes(change(entry(home).read_bytes()))


def resealed(secret: bytes, change: Callable[[dict[str, object]], None], home: Path) -> None:
    """The header changed, and sealed with a secret: with ours, or with somebody's own."""
    head, _seal, header, body = entry(home).read_bytes().split(b"\n", 3)
    told = json.loads(header)
    change(told)
    header = json.dumps(told, separators=(",", ":")).encode()
    seal = sealed._sealed_by(header, key=secret).hexdigest().encode()
    entry(home).write_bytes(b"\n".join((head, seal, header, body)))


def refuted(home: Path) -> None:
    """A verdict edited, its section's digest computed anew, the seal of the old header kept."""
    head, seal, header, body = entry(home).read_bytes().split(b"\n", 3)
    told = json.loads(header)
    forged = body.replace(b"PROVED", b"REFUTE")
    for begin_size_digest in told["sections"].values():
        begin, size, _ = begin_size_digest
        begin_size_digest[2] = sealed._digest(forged[begin : begin + size])
    header = json.dumps(told, separators=(",", ":")).encode()
    entry(home).write_bytes(b"\n".join((head, seal, header, forged)))


def exchanged(home: Path) -> None:
    """The run of another command line in this one's place."""
    ours = entry(home)
    keep(asks(*OTHER))
    theirs = next(one for one in home.glob("*.run") if one != ours)
    theirs.replace(ours)


def foreign(home: Path) -> None:
    """The same run, kept by somebody else in a folder of his own, with a secret of his own."""
    ours = entry(home)
    theirs = opened(home.parent / "theirs")
    kept = opened(home).read(ours.name)
    assert kept is not None
    theirs.write(ours.name, kept.says, {"said": b"{}", "results": b"[]"})
    (theirs.path / ours.name).replace(ours)


def elsewhere(home: Path) -> None:
    name = entry(home)
    name.rename(home.parent / "elsewhere")
    name.symlink_to(home.parent / "elsewhere")


def as_folder(home: Path) -> None:
    name = entry(home)
    name.unlink()
    name.mkdir()


def as_pipe(home: Path) -> None:
    name = entry(home)
    name.unlink()
    os.mkfifo(name)


def huge(home: Path) -> None:
    os.truncate(entry(home), 2**40)


def nested(home: Path) -> None:
    deep = b"[" * 30_000
    entry(home).write_bytes(sealed.FORMAT + b"0" * 64 + b"\n" + deep + b"\n")


def half_written(home: Path) -> None:
    """A run that was killed while it wrote; another's name for the same moment."""
    whole = entry(home).read_bytes()
    entry(home).unlink()
    (home / ".0123456789abcdef.new").write_bytes(whole[: len(whole) // 2])


def new_secret(home: Path) -> None:
    (home / "secret").write_bytes(b"x" * 32)


def cut_secret(home: Path) -> None:
    os.truncate(home / "secret", 31)


def open_secret(home: Path) -> None:
    (home / "secret").chmod(0o644)


def linked_secret(home: Path) -> None:
    (home / "secret").rename(home.parent / "secret")
    (home / "secret").symlink_to(home.parent / "secret")


def ours(home: Path) -> bytes:
    return (home / "secret").read_bytes()


def in_future(home: Path) -> None:
    resealed(ours(home), lambda told: told.update(made=time.time() + 1e6), home)


def with_another_secret(home: Path) -> None:
    resealed(b"y" * 32, lambda told: None, home)


def of_another_name(home: Path) -> None:
    resealed(ours(home), lambda told: told.update(name="0" * 40 + ".run"), home)


def of_another_question(home: Path) -> None:
    resealed(ours(home), lambda told: told["says"].update(of="0" * 64), home)  # type: ignore[attr-defined]


def middle(data: bytes) -> int:
    return len(data) // 2


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a bit of the mark of the format": partial(flipped, lambda data: 3),
    "a bit of the seal": partial(flipped, lambda data: len(sealed.FORMAT) + 5),
    "a bit of the header": partial(flipped, lambda data: len(sealed.FORMAT) + 90),
    "a bit of the verdicts": partial(flipped, lambda data: data.index(b"PROVED")),
    "a bit of how the run ended": partial(flipped, lambda data: data.index(b"as kept")),
    "cut in half": partial(rewritten, lambda data: data[: middle(data)]),
    "without its last byte": partial(rewritten, lambda data: data[:-1]),
    "empty": partial(rewritten, lambda data: b""),
    "the header alone": partial(rewritten, lambda data: b"\n".join(data.split(b"\n")[:3])),
    "one byte more": partial(rewritten, lambda data: data + b"\n"),
    "twice": partial(rewritten, lambda data: data + data),
    "zeros in its middle": partial(
        rewritten, lambda data: data[: middle(data)] + bytes(8) + data[middle(data) + 8 :]
    ),
    "nothing but zeros": partial(rewritten, lambda data: bytes(len(data))),
    "no UTF-8": partial(rewritten, lambda data: sealed.FORMAT + b"\xff\xfe" * 40),
    "another format's": partial(rewritten, lambda data: data.replace(b"sealed 1", b"sealed 2", 1)),
    "JSON nested deeply": nested,
    "a verdict edited, all digests computed anew": refuted,
    "sealed with another secret": with_another_secret,
    "sealed by us under another name": of_another_name,
    "sealed by us for another question": of_another_question,
    "the run of another command line": exchanged,
    "kept by somebody else": foreign,
    "from the future": in_future,
    "a symbolic link": elsewhere,
    "a folder": as_folder,
    "a pipe": as_pipe,
    "huge": huge,
    "half-written": half_written,
    "written to by others": lambda home: entry(home).chmod(0o666),
    "a secret that is another": new_secret,
    "a secret that is cut": cut_secret,
    "a secret that others can read": open_secret,
    "a secret that is a link": linked_secret,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_no_damage_is_believed(damage: Callable[[Path], None], home: Path) -> None:
    damage(home)
    assert asks().again() is None


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_after_any_damage_a_run_is_kept_again(
    damage: Callable[[Path], None], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(home)
    keep(asks())
    if damage is as_folder:
        assert capsys.readouterr().err == "this run is not kept: Is a directory\n"
    else:
        assert asks().again() is not None


def test_a_view_that_is_damaged_is_made_anew_of_the_results(home: Path) -> None:
    run = asks().again()
    assert run is not None
    table = run.views.report("table", False)
    data = bytearray(entry(home).read_bytes())
    data[-3] ^= 1
    entry(home).write_bytes(data)
    again = asks().again()
    assert again is not None
    assert again.views.report("table", False) == table
    assert again.views.new


FOLDERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "that others write to": (lambda home: home.chmod(0o777), "others can write to its folder"),
    "that is a link": (
        lambda home: (home.rename(home.with_name("real")), home.symlink_to(home.with_name("real"))),
        "it is no folder",
    ),
    "that is a file": (lambda home: (shutil.rmtree(home), home.write_text("")), "File exists"),
}
if os.geteuid() == 0:
    FOLDERS["of another user"] = (lambda home: os.chown(home, 12345, 0), "is another user's")


@pytest.mark.parametrize(("damage", "says"), FOLDERS.values(), ids=FOLDERS)
def test_a_folder_is_not_used_and_one_line_says_why(
    damage: Callable[[Path], object], says: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(home)
    runs.known_at.cache_clear()
    assert recorded.memory(("P02",), (), recheck=False) is None
    said = capsys.readouterr().err
    assert said.startswith("no record is kept: ")
    assert says in said
    assert said.count("\n") == 1


def test_no_record_is_kept_where_none_is_wanted(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(runs.WHERE, "no")
    runs.known_at.cache_clear()
    assert recorded.memory(("P02",), (), recheck=False) is None


def test_a_changed_tree_finds_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sources.tree()
    files = {**before.files, "model/words.py": "0" * 64}
    monkeypatch.setattr(runs, "tree", lambda: sources.Tree(files, before.stamps))
    assert asks().again() is None


def test_the_record_of_another_checkout_is_another(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = asks().runs.tree
    monkeypatch.setattr(sources, "ROOT", "/elsewhere")
    monkeypatch.setattr(runs, "tree", lambda: known)
    assert asks().again() is None


def test_other_libraries_find_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "surroundings", lambda: "another z3")
    assert asks().again() is None


def test_nothing_is_kept_of_a_tree_that_changed_meanwhile(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    memory = asks(*OTHER)
    known = memory.runs.tree
    monkeypatch.setattr(runs, "tree", lambda: sources.Tree(known.files, known.stamps[1:]))
    keep(memory)
    assert capsys.readouterr().err == "this run is not kept: files changed meanwhile\n"
    assert len(list(home.glob("*.run"))) == 1


def test_nothing_is_kept_where_nothing_can_be_written(home: Path) -> None:
    with pytest.raises(Unusable, match="too large"):
        opened(home).write("x", {"long": "x" * 70_000}, {})
    assert not list(home.glob("x*"))


def _writes(home: Path, data: bytes) -> None:
    for _ in range(60):
        opened(home).write("both.run", {}, {"data": data})


def test_of_two_processes_that_write_at_once_one_is_read(tmp_path: Path) -> None:
    """Also the secret, which both want to make."""
    context = get_context("fork")
    wanted = [b"a" * 100_000, b"b" * 90_000]
    crew = [context.Process(target=_writes, args=(tmp_path / "home", one)) for one in wanted]
    for one in crew:
        one.start()
    seen = 0
    while any(one.is_alive() for one in crew):
        kept = opened(tmp_path / "home").read("both.run")
        found = kept.section("data") if kept is not None else None
        assert found in (None, *wanted)
        seen += found is not None
    assert [one.exitcode for one in crew] == [0, 0]
    kept = opened(tmp_path / "home").read("both.run")
    assert kept is not None
    assert kept.section("data") in wanted
    assert sorted(one.name for one in (tmp_path / "home").iterdir()) == ["both.run", "secret"]


def test_only_the_latest_are_kept(home: Path) -> None:
    for number in range(12):
        keep(asks((f"P{number}",)))
    assert len(list(home.glob("*.run"))) == 8
    assert asks(("P11",)).again() is not None


def test_a_record_has_the_mode_of_a_secret(home: Path) -> None:
    assert (home.stat().st_mode & 0o777, (home / "secret").stat().st_mode & 0o777) == (0o700, 0o600)

