"""The catalogue: nothing on the list is forgotten, no false claim stands without a true one."""

from collections import Counter

import pytest

from model.kernel import Kernel
from model.patches import PATCHES
from model.revisions import REVISIONS
from properties.catalogue import (
    OF_HISTORIES,
    ONCE_SHARED,
    all_properties,
    all_statements,
    all_timed,
    by_id,
    once_shared,
    statement_named,
    timed_by_id,
)
from properties.claim import Kind, Stated, Verdict
from properties.nouns import NOUNS, nouns_of

_NUMBERS = """
P01 P02 P03 P04 P05 P06 P07 P08 P09 P10 P11 P12 P13 P14 P15 P16 P17 P18
P20 P21 P22 P23 P24 P25 P26 P27 P28 P29 P30 P31 P32 P33 P34 P35 P36 P37 P38 P39 P40
P41 P42 P43 P44 P45 P46 P47 P48 P49 P4A P4B P4C P4D
P50 P51 P52 P53 P54 P55 P56 P57 P58 P59 P60 P61 P62 P63 P64 P65 P66 P67 P68 P69
P6A P6B P6C P6D P6E
P70 P71 P72 P73 P74 P75 P76 P77 P78 P79
P80 P81 P82 P83 P84 P85 P86 P87 P88 P89
P90 P91 P92 P93 P94 P95 P96
"""

LIST = _NUMBERS.split()
"""Every number of the catalogue (there is no P19)."""

PER_PATCH = {"P95"}
"""Decided as statements about the patches of the series."""

FALSE_BUT_OBVIOUS = ("P32", "P30", "P33", "P34", "P40", "P44", "P07", "P57", "P66", "P68", "P6C")
"""Claims that anybody would make and that are false."""

NEWEST = ("v6.12", "v6.18", "v7.1", "debian-6.12.117")

PROPERTIES = all_properties()
STATEMENTS = all_statements()
BY_ID = {prop.id: prop for prop in STATEMENTS}
DECIDED = {prop.id[:3] for prop in STATEMENTS if prop.id.startswith("P")}


def _expected(prop: Stated) -> dict[str, Verdict]:
    return {name: prop.expect.on(revision.kernel) for name, revision in REVISIONS.items()}


def test_the_list_has_104_numbers():
    assert len(LIST) == len(set(LIST)) == 104


@pytest.mark.parametrize("number", LIST)
def test_every_number_is_decided(number):
    assert number in DECIDED | PER_PATCH


def test_the_patches_have_statements_of_their_own():
    numbered = {prop.of_patch for prop in PROPERTIES if prop.kind is Kind.PATCH}
    assert len(numbered) >= 11


def test_nothing_else_calls_itself_by_a_number_of_the_list():
    assert set(LIST) >= DECIDED


@pytest.mark.parametrize("number", FALSE_BUT_OBVIOUS)
def test_what_is_obvious_but_false_is_stated(number):
    stated = [prop for prop in STATEMENTS if prop.id.startswith(number)]
    refuted = [prop for prop in stated if Verdict.REFUTED in _expected(prop).values()]
    assert refuted


def test_names_are_unique():
    """Calls and histories alike: a name says which statement is meant."""
    names = Counter(prop.name for prop in STATEMENTS)
    assert [name for name, count in names.items() if count > 1] == []


def test_a_history_is_told_from_the_call_of_its_number():
    """An id that ends in H stands beside one of calls, whose id histories once had, too."""
    beside = {prop.id for prop in all_timed() if prop.id.endswith(OF_HISTORIES)}
    assert beside == {f"{prop.id}{OF_HISTORIES}" for prop in PROPERTIES if once_shared(prop.id)}
    assert len(beside) == len(ONCE_SHARED)
    assert statement_named("P02") is by_id("P02")
    assert timed_by_id("P02") is statement_named("P02H")
    with pytest.raises(KeyError, match="P0x"):
        statement_named("P0x")


@pytest.mark.parametrize("prop", STATEMENTS, ids=lambda prop: prop.id)
def test_every_property_has_a_sentence_and_a_source(prop):
    assert prop.doc
    assert prop.source
    assert len(prop.sentence.split()) > 1


@pytest.mark.parametrize(
    "prop", [prop for prop in PROPERTIES if prop.truth], ids=lambda prop: prop.id
)
def test_the_true_version_of_a_false_claim_is_expected_to_hold(prop):
    """On the newest kernels; "obvious" truths may need patches that brought them."""
    truth = BY_ID[prop.truth]
    if prop.kind is Kind.PATCH:
        assert truth.expect.inside is Verdict.PROVED
        return
    kernels = [
        name
        for name, verdict in _expected(prop).items()
        if verdict is Verdict.REFUTED and name in NEWEST
    ]
    expected = _expected(truth)
    assert {expected[name] for name in kernels} <= {Verdict.PROVED, Verdict.VACUOUS}


EVERY_PATCH = Kernel.of("every patch", PATCHES)
FALSE_TODAY = [
    prop
    for prop in PROPERTIES
    if prop.of_patch is None
    and prop.kind in (Kind.CATALOGUE, Kind.HEADLINE)
    and prop.expect.inside is prop.expect.on(EVERY_PATCH) is Verdict.REFUTED
]


@pytest.mark.parametrize("prop", FALSE_TODAY, ids=lambda prop: prop.id)
def test_a_claim_that_stayed_false_names_its_true_version(prop):
    assert prop.truth in BY_ID


@pytest.mark.parametrize("prop", STATEMENTS, ids=lambda prop: prop.id)
def test_every_statement_is_about_something(prop):
    """Who looks for what is known of a noun of the kernel finds each statement under one."""
    assert nouns_of(prop)


ABOUT = {
    "KVM": ("P66e", "P66s"),
    "io_uring": ("P67", "P50w"),
    "suspend": ("P58", "V09"),
    "RLIMIT_NPROC": ("P32tH", "V01t"),
    "user namespace": ("P02", "P02H"),
    "cgroup.kill": ("P70", "P70H"),
}
"""For some nouns statements that must be found under them."""


@pytest.mark.parametrize("noun", NOUNS)
def test_a_subject_finds_what_is_about_it_and_not_everything(noun):
    found = {prop.id for prop in STATEMENTS if noun in nouns_of(prop)}
    assert {*ABOUT.get(noun, ())} <= found
    assert 0 < len(found) < len(STATEMENTS) / 2


def test_the_directory_of_a_file_is_no_subject():
    """Else what fs/exec.c does would be about the root directory."""
    assert "root and working directory" not in nouns_of(statement_named("P60"))
