"""The table of a pack in C."""

from __future__ import annotations

from collections.abc import Iterator

from kernels.cases.case import ENTRIES
from kernels.cases.lines import line_of
from kernels.pack.needs import caps_needed, needs
from kernels.pack.trials import Refusal, Rule, Trial, Trials, Untried
from model.kernel import Kernel
from model.request import Entry
from model.words import errno_name


def table(kernel: Kernel, found: Trials) -> str:
    """Return the C file that tells a pack its rules and calls."""
    places = {rule: place for place, rule in enumerate(_rules(found))}
    lines = [
        f"/* What {kernel.name} answers; written by cloneproof. */",
        '#include "pack.h"',
        "",
        f"const char pack_kernel[] = {_text(kernel.name)};",
        "",
        "const struct rule rules[] = {",
        *(f"\t{{ {_text(name)}, {_text(at)} }}, /* {place} */"
          for (name, at), place in places.items()),
        "};",
        "",
        "#define REFUSED(...) (const struct refusal[]){ __VA_ARGS__, { NOBODY, 0 } }",
        "#define ACCEPTED (const struct refusal[]){ { NOBODY, 0 } }",
        "",
        "const struct trial trials[] = {",
        *(_trial(kernel, one, places) for one in found.tried),
        "};",
        "",
        f"const int n_trials = {len(found.tried)};",
        "",
        "const struct untried untried[] = {",
        *(_untried(one, places) for one in found.untried),
        "\t{ NULL, NOBODY, NULL },",
        "};",
        "",
        f"const int n_untried = {len(found.untried)};",
    ]
    return "\n".join(lines) + "\n"


def _rules(found: Trials) -> Iterator[Rule]:
    rules = [refusal.rule for one in found.tried for refusal in one.refusals]
    yield from dict.fromkeys([*rules, *(one.rule for one in found.untried)])


def _trial(kernel: Kernel, one: Trial, places: dict[Rule, int]) -> str:
    entry = _text(ENTRIES[Entry(int(one.case.call.entry))])
    refusals = ", ".join(_refusal(refusal, places) for refusal in one.refusals)
    who = f"REFUSED({refusals})" if refusals else "ACCEPTED"
    caps = f"{caps_needed(kernel, one.case):#x}"
    asked = " | ".join(needs(kernel, one.case)) or "0"
    return f"\t{{ {entry}, {who},\n\t  {_text(line_of(one.case))}, {caps}, {asked} }},"


def _refusal(one: Refusal, places: dict[Rule, int]) -> str:
    return f"{{ {places[one.rule]}, {errno_name(one.errno)} }}"


def _untried(one: Untried, places: dict[Rule, int]) -> str:
    return f"\t{{ {_text(', '.join(one.entries))}, {places[one.rule]}, {_text(one.why)} }},"


def _text(words: str) -> str:
    quoted = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'
