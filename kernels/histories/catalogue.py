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
        user_namespaces.UserNamespacesDrive(),
        userns_sharing.UsernsSharingDrive(),
        families.FamiliesDrive(),
        exec_ids.ExecIdsDrive(),
        userns_owners.UsernsOwnersDrive(),
        thread_groups.ThreadGroupsDrive(),
        pid_namespaces.PidNamespacesDrive(),
        reaping.ReapingDrive(),
        vhost_devices.VhostDevicesDrive(),
        vhost_worker.VhostWorkerDrive(),
        vhost_worker.BothFreezersDrive(),
        workers_exec.DeThreadDrive(),
        workers_exec.CoredumpDrive(),
        workers_exec.CgroupKillDrive(),
        vhost_devices.IoWqRetryDrive(),
        vhost_devices.VhostNewWorkerDrive(),
        vhost_worker.CgroupFreezerDrive(),
        worker_signals.WorkerSignalsDrive(),
        vhost_ownership.VhostOwnershipDrive(),
        vhost_devices.InheritanceDrive(),
    )
}
