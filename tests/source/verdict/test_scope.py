"""How far a changed header is followed through others, and that it is told where it is not."""

from __future__ import annotations

import pytest

from source.verdict.scope import MOST_TOUCHED, Scope
from tests.source.patch.test_patches import Texts

CHANGED = "include/linux/changed.h"


@pytest.mark.parametrize(("uses", "followed"), [(3, True), (MOST_TOUCHED + 1, False)])
def test_what_too_many_names_rest_on_is_not_called_followed(uses: int, followed: bool) -> None:
    users = "".join(f"#define USE_{one} CHANGED\n" for one in range(uses))
    tree = Texts(
        {
            "kernel/fork.c": "#include <linux/changed.h>\n#include <linux/users.h>\n",
            CHANGED: "#define CHANGED 1\n",
            "include/linux/users.h": users,
        }
    )
    names, whole = Scope((tree, tree)).spread({CHANGED}, frozenset({"CHANGED"}))
    assert whole is followed
    assert ("USE_0" in names) is followed
