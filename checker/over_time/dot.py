"""Monitors as rvgen of the kernel's tools/verification takes them, and what their events are."""

from __future__ import annotations

from collections.abc import Iterator

from checker.over_time.language import Automaton
from checker.over_time.monitors import MONITORS, Monitor
from model.kernel import Kernel


def monitors(kernel: Kernel) -> dict[str, str]:
    """Return the files by name: a graph for each monitor, and a page that says what they are.

    Raises :class:`~checker.over_time.language.NotWhole` where not all histories are known.
    """
    made = {one.name: one.automaton(kernel) for one in MONITORS}
    files = {f"{name}.dot": dot(one) for name, one in made.items()}
    page = "\n".join(line for one in MONITORS for line in _told(one, made[one.name], kernel))
    head = (f"# What {kernel.name} can be watched for\n\nWritten by cloneproof. Each graph is of "
            "one task: `rvgen monitor -c da -t per_task -s NAME.dot`.\n")
    return {**files, "README.md": f"{head}{page}\n"}


def dot(one: Automaton) -> str:
    """Return an automaton as a graph; states are named by the events that lead to them."""
    names = {place: state_name(word) for place, word in one.shortest().items()}
    first = names[0]
    lines = [
        "digraph state_automaton {",
        f'\t{{node [shape = plaintext, style=invis, label=""] "__init_{first}"}};',
        f'\t{{node [shape = ellipse] "{first}"}};',
        *(f'\t{{node [shape = plaintext] "{name}"}};' for name in names.values()),
        f'\t"__init_{first}" -> "{first}";',
        f'\t"{first}" [label = "{first}", color = green3];',
        *(f'\t"{name}" [label = "{name}"];' for place, name in names.items() if place),
    ]
    for (place, after), events in _edges(one).items():
        label = "\\n".join(events)
        lines.append(f'\t"{names[place]}" -> "{names[after]}" [ label = "{label}" ];')
    lines += ["\t{ rank = min ;", f'\t\t"__init_{first}";', f'\t\t"{first}";', "\t}", "}"]
    return "\n".join(lines) + "\n"


def _edges(one: Automaton) -> dict[tuple[int, int], list[str]]:
    """Return the events by the states that they lead between: rvgen reads one edge of two."""
    found: dict[tuple[int, int], list[str]] = {}
    for (place, event), after in sorted(one.moves.items()):
        found.setdefault((place, after), []).append(event)
    return found


def state_name(word: tuple[str, ...]) -> str:
    """Return what a state is named after a shortest word that leads to it."""
    return f"after_{'_'.join(word[1:] or word)}" if word else "not_there"


def _told(one: Monitor, made: Automaton, kernel: Kernel) -> Iterator[str]:
    yield f"\n## {one.name}: {one.about}\n"
    for event in one.events:
        yield f"* `{event.name}`: {event.shown_by}"
    word = " then ".join(f"`{name}`" for name in one.never)
    if not any(name == one.events[0].name for _place, name in made.moves):
        yield f"\n{kernel.name} makes no such task."
    elif made.accepts(one.never):
        yield f"\n{word} can be seen on {kernel.name}: it has the fault that others do not have."
    else:
        yield (f"\n{word} is never seen on {kernel.name}, in histories of "
               f"any length, {one.system.tasks} (proved).")
