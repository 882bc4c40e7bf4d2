"""What is declared and then forgotten is an error of loading, with its file and line."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model import arrivals, copy_process, patches, revisions
from model import complete as of_the_model
from model.declared import DECLARED
from model.effects import every
from properties import complete
from tests.declaring import forgotten_afterwards

ROOT = Path(__file__).parents[2]

FORGOTTEN = {
    "a rule": (
        "model.rules.extra",
        "from model.rows import rejects\n"
        "@rejects(1, at='kernel/fork.c')\n"
        "def nobody_may_fork(call):\n    return True\n",
        r"model/rules/extra.py:2: rejection 'nobody may fork' is in no table",
    ),
    "what is taken": (
        "model.extra",
        "from model.rows import takes\nx = takes('a thing', at='nowhere')\n",
        r"model/extra.py:2: row 'takes a thing' is in no table",
    ),
    "what happens": (
        "model.extra",
        "from model.rows import happens\nx = happens('a thing', at='nowhere')\n",
        r"model/extra.py:2: row 'a thing' is in no table",
    ),
    "what is given back": (
        "model.extra",
        "from model.rows import gives_back\nx = gives_back('mm')\n",
        r"model/extra.py:2: release 'mm' is in no table",
    ),
    "an effect": (
        "model.extra",
        "from model.rows import decides\n"
        "@decides('no_new_privs', at='nowhere')\ndef nnp(call):\n    return True\n",
        r"model/extra.py:2: effect 'no_new_privs' is in no table",
    ),
    "a patch that nothing asks for": (
        "model.patches",
        "from model.patches import _patch\nLATE = _patch('LATE', '0', 'v6.1', 'late')\n",
        r"model/patches.py:2: patch 'LATE' is asked for by nothing",
    ),
    "a second patch for a flag": (
        "model.patches",
        "from model.patches import _patch\nfrom model.words import Flag\n"
        "LATE = _patch('LATE', '0', 'v6.1', 'late', brings=Flag.NEWTIME)\n",
        r"model/words.py:",
    ),
    "a patch made too late": (
        "model.extra",
        "from model.patches import _patch\nLATE = _patch('LATE', '0', 'v6.1', 'late')\n",
        r"model/extra.py:2: patch 'LATE' is not in BY_NAME",
    ),
    "a patch in no list": (
        "model.extra",
        "from model.patches import Patch\nLATE = Patch('LATE', '0', 'late', 'v6.1')\n",
        r"model/extra.py:2: patch 'LATE' is not in PATCHES",
    ),
    "a kernel": (
        "model.extra",
        "from model.revisions import Revision\nx = Revision('v9.9', frozenset(), 'none')\n",
        r"model/extra.py:2: kernel 'v9.9' is not in REVISIONS",
    ),
    "a kernel that cannot be": (
        "model.extra",
        "from model.patches import EXEC_COUNTS_WORKERS\nfrom model.revisions import Revision\n"
        "x = Revision('v9.9', frozenset({EXEC_COUNTS_WORKERS}), 'none')\n",
        r"model/extra.py:3: kernel 'v9.9' has EXEC_COUNTS_WORKERS without what it requires",
    ),
    "a maker's tree": (
        "model.extra",
        "from model.arrivals import MakersTree\nx = MakersTree('el9', 'v5.14', 999, frozenset())\n",
        r"model/extra.py:2: tree '5.14.0-999.el9' is not in MAKERS_TREES",
    ),
    "a maker's tree that cannot be": (
        "model.extra",
        "from model.arrivals import MakersTree\nfrom model.patches import KVM_RETRIES\n"
        "x = MakersTree('el9', 'v5.14', 999, frozenset({KVM_RETRIES}))\n",
        r"model/extra.py:3: tree '5.14.0-999.el9' has KVM_RETRIES without what it requires",
    ),
    "a system with its steps": (
        "model.over_time.extra",
        "from model.over_time.vhost_worker import SYSTEM as LIFE\n"
        "from model.over_time.step import TransitionSystem\n"
        "x = TransitionSystem('extra', 'it', LIFE.record, 'one', LIFE.start)\n"
        "@x.step(at='nowhere', who='nobody')\ndef moves(machine, state):\n    pass\n",
        r"model/over_time/extra.py:3: system 'extra', with 1 steps, is not in SYSTEMS",
    ),
    "a step of the world": (
        "model.over_time.steps.extra",
        "from model.over_time.step import Move, step\n"
        "@step(at='nowhere', who='nobody')\ndef moves(machine, world):\n"
        "    return Move(True, world)\n",
        r"model/over_time/steps/extra.py:2: step 'moves' is taken by no system",
    ),
    "a property": (
        "properties.extra",
        "from properties.claim import Claim, claims, holds\n"
        "@claims('Z1', source='none', expect=holds(), truth='Z0')\n"
        "def it_is_so(call, outcome):\n    return Claim(True, True)\n",
        r"properties/extra.py:2: property 'it_is_so': its module is not in MODULES",
    ),
    "a property of histories": (
        "properties.over_time.extra",
        "from model.over_time.vhost_worker import SYSTEM\n"
        "from properties.claim import Claim, holds\n"
        "from properties.over_time.claim import invariant\n"
        "@invariant('Z2', of=SYSTEM, source='none', expect=holds())\n"
        "def it_is_so(kernel, state):\n    return Claim(True, True)\n",
        r"properties/over_time/extra.py:4: property 'it_is_so': its module is not",
    ),
}


@pytest.fixture
def _as_before() -> Iterator[None]:
    """Forget afterwards what a test declares, and not what it has loaded."""
    complete.incomplete()
    lists = (DECLARED, patches.PATCHES)
    before = [list(known) for known in lists]
    with forgotten_afterwards():
        yield
    for known, kept in zip(lists, before, strict=True):
        known[:] = kept  # type: ignore[index]


def _declare(module: str, source: str) -> None:
    file = ROOT / (module.replace(".", "/") + ".py")
    exec(compile(source, str(file), "exec"), {"__name__": module})


def test_a_makers_own_patch_is_on_its_trees_and_on_no_kernel_of_the_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that nobody was seen to have would be a rule of no kernel."""
    says = "is in MAKERS_OWN: it is on trees of MAKERS_TREES, and on no other kernel"
    names = [one.name for one in patches.MAKERS_OWN]
    monkeypatch.setattr(patches, "MAKERS_OWN", (*patches.MAKERS_OWN, patches.CSKY))
    monkeypatch.setattr(arrivals, "MAKERS_TREES", ())
    told = [one for one in complete.incomplete() if one.endswith(says)]
    assert [one.split("'")[1] for one in told] == ["CSKY", *names]


@pytest.mark.parametrize("what", FORGOTTEN)
@pytest.mark.usefixtures("_as_before")
def test_what_is_declared_and_listed_nowhere_is_told_with_its_place(what: str) -> None:
    module, source, says = FORGOTTEN[what]
    assert complete.incomplete() == []
    _declare(module, source)
    assert any(one.startswith(says) for one in complete.incomplete()), complete.incomplete()


def _replaced(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have every file of the model be this one."""
    monkeypatch.setattr(of_the_model, "_text_of", lambda _module: code)
    monkeypatch.setattr(of_the_model, "_code_of", lambda _module: compile(code, "it", "exec"))
    monkeypatch.setattr(of_the_model, "_codes", of_the_model._codes.__wrapped__)


@pytest.mark.parametrize(
    ("code", "asks"),
    [
        ("bits = words.NEWTIME\n", True),
        ("bits = Flag.NEWTIME\n", True),
        ("from model.words import NEWTIME\nbits = 1 | NEWTIME\n", True),
        ("from model.words import NEWTIME\n", False),
        ("bits = patches.NEWTIME\n", False),
        ("# words.NEWTIME\n'''words.NEWTIME, Flag.NEWTIME'''\n", False),
    ],
)
def test_a_flag_is_asked_for_by_code_alone(
    code: str, asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A comment, a text or an import would hide that no rule and no statement reads it."""
    _replaced(monkeypatch, code)
    said = [*of_the_model.unspoken("model", "forgotten")]
    assert any("Flag.NEWTIME: forgotten" in one for one in said) is not asks


def test_want_of_memory_is_no_lost_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def little(_file: Path, encoding: str) -> str:
        raise MemoryError(encoding)

    of_the_model._text_of.cache_clear()
    monkeypatch.setattr(Path, "read_text", little)
    with pytest.raises(MemoryError):
        list(of_the_model.unspoken("model", "gone"))


def test_a_patch_of_the_same_name_is_no_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    """``kernel[EMPTY_MNTNS]`` asks how old a kernel is, not what a call asked for."""
    _replaced(monkeypatch, "kernel[EMPTY_MNTNS]\n")
    assert any("Flag.EMPTY_MNTNS: gone" in one for one in of_the_model.unspoken("model", "gone"))


TABLE, LADDERS = copy_process.TABLE, copy_process.LADDERS
LAST = TABLE[-1]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([*TABLE[:-1], LAST.to("bad_fork_nowhere")], r"'bad_fork_nowhere', which no ladder has"),
        ([*TABLE, LAST], "'caller is killed before publication' stands there twice"),
        (TABLE[:-1], "rejection 'caller is killed before publication' is in no table"),
        (
            [row for row in TABLE if row.name != "takes tasklist_lock"],
            "'tasklist_lock' is given back, never taken",
        ),
        (
            [row for row in TABLE if row.name != "takes user namespace count"],
            "'hands over user namespace count', which nobody takes",
        ),
    ],
)
def test_a_table_and_its_ladders_must_fit(
    rows: list[Any], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy_process, "TABLE", rows)
    assert any(says in one and one.startswith("model/") for one in of_the_model.incomplete())


def test_effects_must_fit_their_record(monkeypatch: pytest.MonkeyPatch) -> None:
    effects = list(every.EFFECTS)
    monkeypatch.setattr(every, "EFFECTS", [*effects[1:], effects[1]])
    found = of_the_model.incomplete()
    assert any(f"nothing decides Child.{effects[0].field}" in one for one in found)
    assert any(f"{effects[1].field!r} is decided twice" in one for one in found)


def test_each_patch_is_on_some_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that lands in v9.9 is on none."""
    without = {name: one for name, one in revisions.REVISIONS.items() if one.name < "v6.2"}
    monkeypatch.setattr(revisions, "REVISIONS", without)
    assert any("is on no kernel of REVISIONS" in one for one in of_the_model.incomplete())


def _copy(folder: Path) -> Path:
    for package in ("model", "properties", "checker", "command", "reports"):
        shutil.copytree(ROOT / package, folder / package)
    return folder


def _run(folder: Path, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "command", *words]
    ended = subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(folder)}, input='{"kernel": "v6.12"}\n',
        capture_output=True, text=True, check=False,
    )
    return ended.returncode, ended.stderr


def test_the_commands_refuse_a_model_with_something_forgotten(tmp_path: Path) -> None:
    """One line and exit code 3: a rule behind its table, a file that nothing imports."""
    folder = _copy(tmp_path)
    assert _run(folder, "predict") == (0, "")
    rules = folder / "model/rules/cgroup.py"
    kept = rules.read_text()
    rules.write_text(f"{kept}\n\n@rejects(Errno.EPERM, at='nowhere')\n"
                     "def nobody_may_fork(call: Call) -> Truth:\n    return True\n")
    line = kept.count("\n") + 3
    told = f"cloneproof: model/rules/cgroup.py:{line}: rejection 'nobody may fork' is in no table\n"
    for words in (["predict"], ["verify", "P02", "-k", "v6.12"], ["system", "P52", "-k", "v6.12"]):
        assert _run(folder, *words) == (3, told)
    rules.write_text(kept)
    extra = folder / "properties/extra.py"
    extra.write_text(FORGOTTEN["a property"][1])
    told = "cloneproof: properties/extra.py:2: what this file declares is imported by nothing\n"
    assert _run(folder, "verify", "P02", "-k", "v6.12") == (3, told)
    extra.rename(folder / "model/rules/extra.py").write_text(FORGOTTEN["a rule"][1])
    assert _run(folder, "predict")[0] == 3
