"""Conditions and calls are told as the C has them, not as the preprocessor leaves them."""

import pytest

from source.c.ir import Binary, Constant, CType, Local, Unary
from source.review.telling import number, stored
from source.review.texts import Texts, said
from source.review.words import constant
from tests.source.review.versions import judged

INT = CType("int", 32, True)

C = """
	if (
#ifdef CONFIG_KEYS
		!p->cred->thread_keyring &&
#endif
		clone_flags & CLONE_THREAD)
	p->set_child_tid = (clone_flags & CLONE_CHILD_SETTID) ? args->child_tid : NULL;
	return a ? b : c ? d : e;
	pid = kmem_cache_alloc(ns->pid_cachep, GFP_KERNEL);
	list_add_tail(list_next(a), put_id(b));
	set_current_state(TASK_INTERRUPTIBLE);
"""


class Tree:
    def text(self, path):
        return C


@pytest.fixture
def texts():
    return Texts(Tree())


def test_a_condition_is_told_without_the_lines_of_the_preprocessor(texts):
    assert texts.behind("f.c", 2, "if") == "!p->cred->thread_keyring && clone_flags & CLONE_THREAD"


def test_what_chooses_is_told_by_the_names_of_its_flags(texts):
    assert texts.chosen("f.c", 7) == "clone_flags & CLONE_CHILD_SETTID"
    assert texts.chosen("f.c", 8) == ""  # two of them: which is meant is not known
    assert texts.chosen("f.c", 9) == ""


def test_a_call_that_a_macro_makes_is_told_as_it_is_written(texts):
    written = texts.called("f.c", 9, "kmem_cache_alloc_noprof")
    assert written == "kmem_cache_alloc(ns->pid_cachep, GFP_KERNEL)"
    assert texts.called("f.c", 9, "kmem_cache_zalloc_node") == written
    assert texts.called("f.c", 9, "get_cred_many") == ""
    assert texts.called("f.c", 10, "list_move") == ""  # of two: which is meant is not known
    assert texts.called("f.c", 10, "get_id") == ""  # short words are alike by chance
    alone = "set_current_state(TASK_INTERRUPTIBLE)"
    assert texts.called("f.c", 11, "instrument_atomic_read_write") == alone


def test_a_refusal_of_a_refusal_is_told_once():
    assert said("!(flags & (CLONE_NEWNS | 1))", False) == "flags & (CLONE_NEWNS | 1)"
    assert said("!(a) && (b)", False) == "!(!(a) && (b))"


@pytest.mark.parametrize(
    ("left", "operator", "always"),
    [(0, "&&", False), (1, "||", True), (1, "&&", None), (0, "||", None), (0, "&", None)],
)
def test_a_condition_is_constant_only_where_no_value_can_change_it(left, operator, always):
    a = Local(INT, 1, "a")
    assert constant(Binary(INT, operator, Constant(INT, left), a)) is always
    turned = None if always is None else not always
    assert constant(Unary(INT, "!", Binary(INT, operator, Constant(INT, left), a))) is turned


def test_a_negative_number_is_an_error_where_it_is_returned_and_not_where_it_is_kept():
    assert (number(2**32 - 128, 32), stored(2**32 - 128, 32)) == ("-EKEYREVOKED", "-128")
    assert stored(2**64 - 22, 64) == "-22" and stored(0x7FFFFFFF, 32) == "0x7fffffff"


def test_all_ones_of_an_unsigned_number_are_no_error():
    made = judged("u64 it(void) { return 5; }", "u64 it(void) { return ~0UL; }")
    assert made.reason == "no longer returns 5, but returns 0xffffffffffffffff"
