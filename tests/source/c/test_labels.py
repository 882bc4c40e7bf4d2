"""Labels that macros number through a file do not tell two texts of an asm apart."""

from __future__ import annotations

from source.c.assembly import own_labels

ONE = r'"401:\n\t.long 401b - .\n\t" "402: jmp 402b"'


def test_a_label_is_known_by_its_order() -> None:
    assert own_labels(ONE) == own_labels(ONE.replace("401", "7").replace("7", "733"))
    assert own_labels(r'"\n401:\n401b"') == own_labels(r'"\n55:\n55b"')


def test_another_jump_is_another_text() -> None:
    assert own_labels(ONE) != own_labels(ONE.replace("402b", "401b"))
    assert own_labels('"bts $401, %0"') != own_labels('"bts $402, %0"')
