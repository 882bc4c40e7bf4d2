"""A call that is read on many kernels at once ends on each as it does there alone."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from checker.compared.along import along
from checker.compared.view import View, differ
from checker.readings.named import NamedKernels, named
from checker.readings.subjects import subject_of
from model.call import Situation
from model.kernel import Kernel
from model.records import build
from model.request import Entry
from tests.calls import situations

KERNELS: NamedKernels = named()


def alone(kernel: Kernel, values: dict[str, Any]) -> View:
    """The call on one kernel, read by itself."""
    subject = subject_of(Entry(values["request.entry"]))
    return View(kernel, subject, build(Situation, values), is_one=True)


@settings(max_examples=150)
@given(values=situations(), data=st.data())
def test_ends_and_who_ends_alike_are_what_they_are_one_by_one(
    values: dict[str, Any], data: st.DataObject
) -> None:
    kernels = list(KERNELS.places)
    pair = [data.draw(st.sampled_from(kernels)) for _ in range(2)]
    left, right = (alone(kernel, values) for kernel in pair)
    found = along(KERNELS, left.subject, left.start)
    for view in (left, right):
        told = found.on(view.kernel)
        assert told.possible is view.possible
        if view.possible:
            assert (told.errno, told.deciding, told.ok) == (view.errno, view.deciding, view.ok)
            assert told.made == view.made or not view.ok
            others = {name for name, done in told.aside.items() if done}
            assert others == {name for name, done in view.aside.items() if done}
    by_the_same = not (left.possible and right.possible) or left.deciding == right.deciding
    assert found.alike(*pair) is (differ(left, right) is False and by_the_same)
