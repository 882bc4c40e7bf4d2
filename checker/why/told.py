"""An answer as lines: what, ``Reason:``, ``At:``, where to look, and only what leads there."""

from __future__ import annotations

from textwrap import wrap

from checker.calls.story import WIDTH
from checker.seccomp.before import AT, Filtered, who_says
from checker.seccomp.words import UNSEEN, by_in_words, said_in_words
from checker.why.answer import Answer, Working
from checker.why.asked import name_of
from checker.why.causes import Cause
from checker.why.left import left_in_words
from checker.why.lined import labelled
from checker.why.outside import Outside
from checker.why.words import (
    call_in_words,
    change_of_flags,
    fact_in_words,
    looks,
    way_in_words,
)
from checker.why.working import Nearest
from model.request import Entry
from model.rows import Rejection


def told(answer: Answer) -> list[str]:
    """Return the lines of an answer."""
    what = [] if answer.by_filter else [*_what(answer), *_ruled_out(answer)]
    return [*_head(answer), *_given(answer), *_filtered(answer), *what,
            *_others(answer), *_handed(answer), *_working(answer)]


def _plain(text: str, indent: str = "") -> list[str]:
    """Return a text in lines; long sets of flags are broken behind a bar."""
    lines = wrap(text.replace("|", "| "), WIDTH, initial_indent=indent,
                 subsequent_indent=indent + "  ", break_on_hyphens=False, break_long_words=False)
    return [line.replace("| ", "|") for line in lines]


def _head(answer: Answer) -> list[str]:
    said = answer.error if answer.error != "0" else "success"
    if answer.error == "0" and answer.asked.returned:
        said = f"success ({answer.asked.returned})"
    lines = _plain(f"{call_in_words(answer.asked)} on {answer.kernel.name}: {said}")
    if answer.predicted:
        lines += _plain("Nothing was said of what came back: this is what an ordinary caller with "
                        "these facts gets.")
    return lines


def _given(answer: Answer) -> list[str]:
    """Return the facts that were given, arguments apart."""
    facts = {path: value for path, value in answer.asked.given.items()
             if not path.startswith("request.") and path not in answer.asked.sources}
    lines = [one for path, value in facts.items()
             for one in labelled("given:", fact_in_words(path, value), indent=0)]
    lines += [line for note in answer.notes for line in labelled("note:", note, indent=0)]
    if answer.asked.sources:
        lines += labelled("read:", f"{len(answer.asked.sources)} facts of the process", indent=0)
    return lines


def _filtered(answer: Answer) -> list[str]:
    """Return what the filter makes of the call, by which entry, and what would change that."""
    seen = answer.filtered
    if seen is None:
        return []
    lines = ["", *_plain(_verdict(answer, seen))]
    for one in seen.found:
        label = "By:" if len(seen.found) == 1 else f"{said_in_words(one.said)}:"
        lines += labelled(label, by_in_words(one)) if label == "By:" else _plain(
            f"- {label} {by_in_words(one)}", "   ")
    if answer.asked.entry is Entry.CLONE3:
        lines += labelled("Note:", UNSEEN)
    for note in seen.filter.profile.notes:
        lines += labelled("Note:", note)
    for cap, then in seen.with_cap:
        said = " or ".join(said_in_words(one.said) for one in then)
        lines += labelled("With:", f"{cap} in the container's bounding set (--cap-add): {said}")
    if answer.by_filter:
        passed_on = "success" if answer.errno == 0 else name_of(answer.errno)
        lines += labelled("Else:", f"passed on, the kernel would say {passed_on} to an ordinary "
                       "caller with these facts")
    source = seen.filter.profile.source
    return lines + labelled("At:", f"{AT}{'; ' if source else ''}{source}")


def _verdict(answer: Answer, seen: Filtered) -> str:
    about = seen.filter.profile.about
    name = f"The filter {seen.name}{f' ({about})' if about else ''}"
    call = f"{answer.asked.entry.name.lower()}()"
    if answer.by_filter:
        said = said_in_words(seen.sure.said) if seen.sure else answer.error
        return f"{name} answers {call} before the kernel does: {said}."
    if answer.not_this_filter:
        known = who_says(answer.error, answer.asked.entry, answer.asked.given, answer.kernel)
        hint = f"; {', '.join(known)} would have said so" if known else ""
        return (f"{name} answers {call} with {' or '.join(seen.says)}, not {answer.error}: it "
                f"did not stand before this call{hint}.")
    if seen.passes:
        more = "" if answer.predicted else ": what came back is not the filter's"
        return f"{name} lets {call} pass{more}."
    return f"What {name[0].lower()}{name[1:]} answers to {call} is one of:"


def _what(answer: Answer) -> list[str]:
    if answer.errno == 0:
        return _success(answer)
    own, error = answer.causes.own, answer.error
    name = answer.asked.entry.name.lower()
    lines = [""]
    if not own:
        said = f"{name}() itself cannot have said {error}: no rule of it gives that to this call"
        if answer.asked.entry is Entry.VHOST_SET_OWNER:
            said = f"{name}()'s worker is not the reason: no rule of it gives {error} to this call"
        lines += _plain(f"{said} ({_proof(answer)}).")
        lines += _instead(answer)
    else:
        more = "1 rule" if len(own) == 1 else f"{len(own)} rules"
        lines += _plain(f"{more} of {name}() can say {error} to this call, and no other "
                        f"({_proof(answer)}):")
    for place, group in enumerate(_groups(own), 1):
        one = len(group) == 1
        lines += _cause(place, group[0], answer) if one else _memory(place, group)
    return lines


def _groups(own: list[Cause]) -> list[list[Cause]]:
    """Return the causes as they are told: what says no memory together, before other chance."""
    memory = [cause for cause in own if cause.is_memory]
    rest = [cause for cause in own if not cause.is_memory]
    plain, chance = ([one for one in rest if one.is_chance is by] for by in (False, True))
    return [*([one] for one in plain), *([memory] if memory else []), *([one] for one in chance)]


def _proof(answer: Answer) -> str:
    return "proved over all that is open" if answer.causes.complete else "not proved"


def _instead(answer: Answer) -> list[str]:
    can = ["success" if one == 0 else name_of(one) for one in answer.instead]
    if not can:
        return []
    if len(can) == 1:
        return _plain(f"It always says {can[0]}.")
    return _plain(f"What it can come to: {', '.join(can)}.")


def _cause(place: int, cause: Cause, answer: Answer) -> list[str]:
    row = cause.case.row
    lines = _plain(f"{place}. {row.name}")
    lines += labelled("Reason:", cause.handed.who if cause.handed else row.doc)
    if cause.case.by:
        lines += labelled("by:", cause.case.by)
    if cause.case.errno != cause.case.seen and isinstance(cause.case.errno, int):
        said = name_of(cause.case.errno)
        lines += labelled("", f"it says {said}, of which {answer.error} is made")
    lines += _ways(cause, answer)
    lines += labelled("Look:", "; ".join(looks(cause)))
    return lines + labelled("At:", row.at)


def _ways(cause: Cause, answer: Answer) -> list[str]:
    if not cause.ways[0]:
        whoever = answer.working is not None and cause.case.row in answer.working.whoever
        if whoever:
            return labelled("If:", "whoever calls it")
        unknown = "request.target.type" not in answer.asked.facts()
        if answer.asked.entry is Entry.SETNS and unknown:
            return labelled("If:", "the descriptor is one of a UTS namespace, say")
        return labelled("If:", "nothing more: an ordinary caller's is refused so")
    lines = []
    for number, way in enumerate(cause.ways):
        lines += labelled("or:" if number else "If:", way_in_words(way))
    return lines


def _memory(place: int, memory: list[Cause]) -> list[str]:
    lines = _plain(f"{place}. no memory, at one of {len(memory)} steps")
    lines += labelled("If:", "; ".join(cause.case.row.name for cause in memory))
    found = dict.fromkeys(one for cause in memory for one in looks(cause))
    lines += labelled("Look:", "; ".join(found))
    places = dict.fromkeys(cause.case.row.at.partition(":")[0] for cause in memory)
    return lines + labelled("At:", ", ".join(places))


def _handed(answer: Answer) -> list[str]:
    """Return who gives the errno where the call only hands it through."""
    found = answer.causes.handed
    if not found:
        return []
    lines = ["", *_plain(f"Rarely, what it calls says {answer.error}, and it hands that on:")]
    for cause in found:
        handed = cause.handed
        assert handed is not None
        lines += _plain(f"- {handed.who}")
        facts = {path: one for path, one in cause.ways[0].items() if not path.startswith("chance.")}
        lines += labelled("If:", way_in_words(facts))
        lines += labelled("Look:", handed.look)
        lines += labelled("At:", handed.source)
    return lines


def _ruled_out(answer: Answer) -> list[str]:
    if not answer.ruled_out:
        return []
    lines = ["", f"Ruled out by what was read, rules that else can say {answer.error}:"]
    for one in answer.ruled_out:
        lines += _plain(f"- {one.rule.name}")
        for path, value in one.facts.items():
            said = f"{fact_in_words(path, value)} ({answer.asked.sources.get(path, 'given')})"
            lines += labelled("for:", said)
    return lines


def _others(answer: Answer) -> list[str]:
    if not answer.others:
        return []
    if answer.by_filter:
        lines = ["", f"What a library makes of {answer.error}:"]
    elif answer.errno == 0:
        lines = ["", "What the kernel may make of it yet, which is not in the model:"]
    elif answer.causes.own:
        lines = ["", f"Who else can have said {answer.error}, which is not in the model:"]
    else:
        lines = ["", f"Who can have said {answer.error} (not in the model):"]
    return lines + [line for one in answer.others for line in _other(one)]


def _other(one: Outside) -> list[str]:
    since = "" if one.since == "always" else f" [{one.since}]"
    lines = _plain(f"- {one.who}{since}")
    lines += labelled("", one.says)
    lines += labelled("Look:", one.look)
    return lines + labelled("At:", one.source)


def _working(answer: Answer) -> list[str]:
    working = answer.working
    if working is None:
        return []
    lines = ["", *_also(working)]
    head = "What would work"
    if working.of is not None:
        head += f", where {working.of.case.row.name}"
    lines += _plain(f"{head}:")
    options = [*working.flags, *working.facts, *working.mixed]
    for one in options:
        lines += _plain(f"- {_change(answer, one)}")
    if not options:
        return [*lines, "- nothing near: no flags and no facts make it accepted"]
    return lines + _plain(_nearness(working), "  ")


def _also(working: Working) -> list[str]:
    """Return the rules that refuse the call beside the first."""
    if len(working.refusing) < 2:
        return []
    lines = _plain(f"{len(working.refusing)} rules refuse it, each alone would do:")
    return lines + [line for row in working.refusing for line in _refusal(row, working)]


def _refusal(row: Rejection, working: Working) -> list[str]:
    errno = f"{name_of(row.errno)}, " if isinstance(row.errno, int) else ""
    whoever = ", whoever calls" if row in working.whoever else ""
    return _plain(f"- {errno}{row.name}{whoever} ({row.at})")


def _change(answer: Answer, one: Nearest) -> str:
    entry = answer.asked.entry
    state = answer.working.state if answer.working else {}
    told_ = [change_of_flags(entry, int(state.get("request.flags", 0)), one.flags)]
    told_ += [fact_in_words(path, value, example=True) for path, value in one.facts.items()]
    return "; and ".join(text for text in told_ if text)


def _nearness(working: Working) -> str:
    options = [*working.flags, *working.facts, *working.mixed]
    proved = "proved nearest" if all(one.proved for one in options) else "small, not proved nearest"
    return f"({proved}: fewest changed flags, fewest changed facts)"


def _success(answer: Answer) -> list[str]:
    if answer.left is None:
        lines = ["", *_plain(f"{answer.asked.entry.name.lower()}() cannot have succeeded: every "
                             "such call is refused (proved over all that is open).")]
        return lines + _instead(answer)
    needs = f"It takes: {way_in_words(answer.needs)}." if answer.needs else ""
    return ["", *_plain(needs), *left_in_words(answer.left)]
