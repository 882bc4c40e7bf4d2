"""The files of a kernel's specifications."""

from __future__ import annotations

import json

from checker.kapi.calls import CALLS
from checker.kapi.facts import Facts
from checker.kapi.kerneldoc import kernel_doc
from checker.kapi.specified import specification
from model.entries import unknown_call
from model.kernel import Kernel


def written(kernel: Kernel) -> dict[str, str]:
    """Return the files by name: the kernel-doc of all calls, and JSON of each.

    A call that the kernel does not have has none.  Raises
    :class:`~checker.why.opened.Undecided` where the solver does not know.
    """
    found, blocks = {}, []
    for entry in CALLS:
        if not unknown_call(kernel, entry):
            told = specification(Facts(kernel, entry))
            found[f"{told['name']}.json"] = json.dumps({"api_details": told}, indent=2) + "\n"
            blocks.append(kernel_doc(told, entry))
    head = f"/* Specifications of {kernel.name} for KAPI, written by cloneproof. */"
    return {**found, "kapi.c": "\n\n".join([head, *blocks]) + "\n"}
