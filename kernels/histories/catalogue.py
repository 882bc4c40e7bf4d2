"""The systems that user space can drive."""

from __future__ import annotations

from kernels.histories.drive import Drive
from kernels.histories.drives import (
    accounts,
    exec_ids,
    families,
    groups,
    nested,
    owners,
    pid_groups,
    reaping,
    sharing,
    workers_asking,
    workers_devices,
    workers_exec,
    workers_heeding,
    workers_life,
)

DRIVES: dict[str, Drive] = {
    drive.system.name: drive
    for drive in (
        accounts.AccountsDrive(),
        nested.NestedDrive(),
        sharing.SharingDrive(),
        families.FamiliesDrive(),
        exec_ids.ExecIdsDrive(),
        owners.OwnersDrive(),
        groups.GroupsDrive(),
        pid_groups.PidGroupsDrive(),
        reaping.ReapingDrive(),
        workers_devices.DevicesDrive(),
        workers_life.LifeDrive(),
        workers_life.FreezingDrive(),
        workers_exec.ExecingDrive(),
        workers_exec.DumpingDrive(),
        workers_exec.KillingDrive(),
        workers_devices.RetryingDrive(),
        workers_devices.CrewsDrive(),
        workers_life.ColdDrive(),
        workers_heeding.HeedingDrive(),
        workers_asking.AskingDrive(),
        workers_devices.InheritingDrive(),
    )
}
