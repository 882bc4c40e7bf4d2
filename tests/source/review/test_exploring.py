"""Inputs are looked for that go each way of each part of a condition, in a second round too."""

from contextlib import closing

from source.review.judge import Pair, _branches, _deep
from tests.source.review.versions import units

WALK = """
int it(struct task *p, int *given, int n)
{
	struct task *each = p;
	int i;

	for (i = p->pid; i >= 0; i--) {
		if (n) {
			int one = given[i];

			if (one < 1 || one >= each->array[0])
				return -EINVAL;
			if (!f(each->small))
				return -EPERM;
			n--;
		}
		each = each->parent;
	}
	return 0;
}
"""


def test_what_a_second_round_alone_shows_is_found(tmp_path) -> None:
    """The first round is alike: the other version asks for the first one in each."""
    base, head = units(WALK, WALK.replace("f(each->small)", "f(p->small)"), str(tmp_path))
    with closing(base), closing(head), _deep():
        pair = Pair(base.function("it"), head.function("it"), (base, head))
        told = [parting.what for found in _branches(pair, False) for parting in found]
    assert "no longer calls f(each->small), but calls f(p->small)" in told
