"""Hypothesis profiles: quick by default, ``HYPOTHESIS_PROFILE=long`` for 20,000 cases.

In two processes (``make test``) a file's tests stay together, and those of real kernels stay in
one process, one after the other: they count tasks, signals and moments of the machine.  Those
beside the rooms take long and have a copy of the project each: any process takes the next.
"""

import gc
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile(
    "quick", max_examples=300, deadline=None, derandomize=True, suppress_health_check=_SLOW
)
settings.register_profile("long", max_examples=20_000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
os.environ["CLONEPROOF_RECORD"] = "no"  # tests decide anew, and change the model in memory
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # run in the background by a script
    signal.signal(signal.SIGINT, signal.default_int_handler)


class _InARow(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process the tests of a file in a row, and one process all of real kernels."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith("tests/kernels/"):
            return "tests/kernels"
        return file if file.count("/") > 1 else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Say which tests one process runs in a row; pytest-xdist asks."""
    return _InARow(config, log)


@pytest.fixture(autouse=True)
def _garbage_is_collected() -> Iterator[None]:
    """Undo what a verb does that ends soon: it leaves garbage and its open files where they are."""
    yield
    gc.enable()
