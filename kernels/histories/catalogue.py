"""The systems that user space can drive."""

from __future__ import annotations

from kernels.histories.drive import Drive
from kernels.histories.drives.accounts import AccountsDrive
from kernels.histories.drives.exec_ids import ExecIdsDrive
from kernels.histories.drives.families import FamiliesDrive
from kernels.histories.drives.groups import GroupsDrive
from kernels.histories.drives.nested import NestedDrive
from kernels.histories.drives.owners import OwnersDrive
from kernels.histories.drives.pid_groups import PidGroupsDrive
from kernels.histories.drives.reaping import ReapingDrive
from kernels.histories.drives.sharing import SharingDrive
from kernels.histories.drives.workers_asking import AskingDrive
from kernels.histories.drives.workers_devices import (
    CrewsDrive,
    DevicesDrive,
    InheritingDrive,
    RetryingDrive,
)
from kernels.histories.drives.workers_exec import DumpingDrive, ExecingDrive, KillingDrive
from kernels.histories.drives.workers_heeding import HeedingDrive
from kernels.histories.drives.workers_life import ColdDrive, FreezingDrive, LifeDrive

DRIVES: dict[str, Drive] = {
    drive.system.name: drive
    for drive in (
        AccountsDrive(),
        NestedDrive(),
        SharingDrive(),
        FamiliesDrive(),
        ExecIdsDrive(),
        OwnersDrive(),
        GroupsDrive(),
        PidGroupsDrive(),
        ReapingDrive(),
        DevicesDrive(),
        LifeDrive(),
        FreezingDrive(),
        ExecingDrive(),
        DumpingDrive(),
        KillingDrive(),
        RetryingDrive(),
        CrewsDrive(),
        ColdDrive(),
        HeedingDrive(),
        AskingDrive(),
        InheritingDrive(),
    )
}
