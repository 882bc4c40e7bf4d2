"""A trace as a sequence diagram in SVG: one lane per actor, time goes down."""

from __future__ import annotations

from xml.sax.saxutils import escape

from checker.over_time.trace import FactChange, Trace, _word

LANE, TOP, LINE, PAD = 230, 84, 15, 8
INK, SOFT, BAND, MARK = "#1d2733", "#6b7785", "#eef2f6", "#b3261e"


def picture(trace: Trace) -> str:
    """Return the SVG text."""
    lanes = list(dict.fromkeys(step.who for step in trace.steps))
    width = LANE * max(len(lanes), 2) + 40
    body: list[str] = []
    y = TOP
    boxes = list(zip(trace.steps, trace.changes, strict=True))
    for number, (step, changes) in enumerate(boxes, 1):
        made, height = _box(number, step.name, changes, lanes.index(step.who), y)
        body.append(made)
        y += height + 14
    broken = f"breaks {trace.property.id}: {trace.property.sentence}"
    end = _text((20, y + 14), broken, MARK, bold=True)
    title = f"{trace.property.system.about}, on {trace.kernel.name}"
    head = [_text((20, 26), title, INK, bold=True)]
    for index, lane in enumerate(lanes):
        x = 20 + index * LANE + LANE // 2
        head.append(_text((x, 56), lane, INK, anchor="middle", bold=True))
        head.append(
            f'<line x1="{x}" y1="64" x2="{x}" y2="{y}" stroke="{SOFT}" stroke-dasharray="3 4"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 34}" '
        f'viewBox="0 0 {width} {y + 34}" font-family="sans-serif" role="img" '
        f'aria-label="{escape(title, {chr(34): "&quot;"})}">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join([*head, *body, end])
        + "\n</svg>\n"
    )


def _box(
    number: int, name: str, changes: list[FactChange], lane: int, y: int
) -> tuple[str, int]:
    words = _wrapped(f"{number}. {name}", 31)
    facts = [
        line
        for one in changes
        for line in _wrapped(f"{one.fact}: {_word(one.before)} → {_word(one.after)}", 35)
    ]
    height = PAD * 2 + LINE * (len(words) + len(facts)) - 3
    x = 20 + lane * LANE + 4
    parts = [
        f'<rect x="{x}" y="{y}" width="{LANE - 8}" height="{height}" rx="5" '
        f'fill="{BAND}" stroke="{SOFT}"/>'
    ]
    row = y + PAD + 10
    for line in words:
        parts.append(_text((x + 8, row), line, INK))
        row += LINE
    for line in facts:
        parts.append(_text((x + 8, row), line, SOFT, size=11))
        row += LINE
    return "\n".join(parts), height


def _wrapped(text: str, most: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _text(
    at: tuple[int, int],
    text: str,
    fill: str,
    *,
    anchor: str = "start",
    size: int = 12,
    bold: bool = False,
) -> str:
    x, y = at
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" fill="{fill}" font-size="{size}" '
        f'text-anchor="{anchor}"{weight}>{escape(text)}</text>'
    )
