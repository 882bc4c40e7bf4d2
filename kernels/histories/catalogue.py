"""The systems that user space can drive."""

from __future__ import annotations

from kernels.histories.drive import Drive
from kernels.histories.drives import (
    accounts,
    exec_ids,
    families,
    pid_namespaces,
    reaping,
    thread_groups,
    user_namespaces,
    userns_owners,
    userns_sharing,
    vhost_devices,
    vhost_ownership,
    vhost_worker,
    worker_signals,
    workers_exec,
)

DRIVES: dict[str, Drive] = {
    drive.system.name: drive
    for drive in (
        accounts.AccountsDrive(),
        user_namespaces.NestedDrive(),
        userns_sharing.SharingDrive(),
        families.FamiliesDrive(),
        exec_ids.ExecIdsDrive(),
        userns_owners.OwnersDrive(),
        thread_groups.GroupsDrive(),
        pid_namespaces.PidGroupsDrive(),
        reaping.ReapingDrive(),
        vhost_devices.DevicesDrive(),
        vhost_worker.LifeDrive(),
        vhost_worker.FreezingDrive(),
        workers_exec.ExecingDrive(),
        workers_exec.DumpingDrive(),
        workers_exec.KillingDrive(),
        vhost_devices.RetryingDrive(),
        vhost_devices.CrewsDrive(),
        vhost_worker.ColdDrive(),
        worker_signals.HeedingDrive(),
        vhost_ownership.AskingDrive(),
        vhost_devices.InheritingDrive(),
    )
}
