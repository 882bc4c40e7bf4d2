"""What is declared of a statement on the kernels of the list, read on all of them at once."""

from __future__ import annotations

from checker.readings.kernelwise import by_value
from checker.readings.named import named
from model.revisions import REVISIONS
from properties.claim import Expectation, Verdict


def expected(declared: Expectation) -> dict[str, Verdict]:
    """Return the verdict that is expected on each kernel of the list, by its name."""
    kernels = named()
    stands = kernels.at_once(kernels.every).stands
    asked = stands(declared.unending), stands(declared.needs), stands(declared.where)
    found = [(declared.verdict(*values), bits) for values, bits in by_value(kernels.every, asked)]
    return {
        name: next(verdict for verdict, bits in found if bits >> place & 1)
        for place, name in enumerate(REVISIONS)
    }
