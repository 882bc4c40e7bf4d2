"""Every drive begins as on a machine that offers everything, whatever was looked at before."""

import pytest

from kernels.histories.catalogue import DRIVES
from kernels.histories.commands import EVERYTHING


@pytest.fixture(autouse=True)
def _everything_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    for drive in DRIVES.values():
        monkeypatch.setattr(drive, "offered", EVERYTHING)
