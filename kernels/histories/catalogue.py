"""The systems that user space can drive."""

from __future__ import annotations

from kernels.histories.accounts import AccountsDrive
from kernels.histories.drive import Drive
from kernels.histories.exec_ids import ExecIdsDrive
from kernels.histories.families import FamiliesDrive
from kernels.histories.groups import GroupsDrive
from kernels.histories.nested import NestedDrive
from kernels.histories.owners import OwnersDrive
from kernels.histories.pid_groups import PidGroupsDrive
from kernels.histories.sharing import SharingDrive
from kernels.histories.workers_asking import AskingDrive
from kernels.histories.workers_cold import ColdDrive
from kernels.histories.workers_crews import CrewsDrive
from kernels.histories.workers_devices import DevicesDrive, RetryingDrive
from kernels.histories.workers_exec import DumpingDrive, ExecingDrive, KillingDrive
from kernels.histories.workers_heeding import HeedingDrive
from kernels.histories.workers_inheriting import InheritingDrive
from kernels.histories.workers_life import FreezingDrive, LifeDrive

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
