"""Hypothesis profiles: quick by default, ``HYPOTHESIS_PROFILE=long`` for 20,000 cases.

In two processes (``make test``) a file's tests stay together, and those of real kernels stay in
one process, one after the other: they count tasks, signals and moments of the machine.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile(
    "quick", max_examples=300, deadline=None, derandomize=True, suppress_health_check=_SLOW
)
settings.register_profile("long", max_examples=20_000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
os.environ["CLONEPROOF_RECORD"] = "no"  # tests decide anew, and change the model in memory


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests one process runs in a row."""
    here = Path(__file__).parent
    for item in items:
        file = item.path.relative_to(here)
        name = "machine" if file.parts[0] == "kernels" else str(file)
        item.add_marker(pytest.mark.xdist_group(name))
