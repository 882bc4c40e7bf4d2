"""What v7.1 brought: CLONE_AUTOREAP, CLONE_NNP, CLONE_PIDFD_AUTOKILL, CLONE_EMPTY_MNTNS."""

from __future__ import annotations

from properties.landmarks.landmark import call, history

ROOT = {"uid": 0, "euid": 0, "cap_effective": "all"}
OLDER = "…v7.0, series, debian-6.1.192, debian-6.12.117"
PULL = "pull request vfs-7.1-rc1.pidfs (07c3ef58223e)"
AUTOKILL = "CLONE_PIDFD|CLONE_PIDFD_AUTOKILL|CLONE_AUTOREAP"

call(
    "a child that reaps itself can be made since v7.1",
    source=f"12ae2c81b21c, v7.1; {PULL}",
    shows="child.autoreap",
    request={"entry": "clone3", "flags": "CLONE_AUTOREAP"},
    gives={"EINVAL": OLDER, True: "v7.1…"},
)
call(
    "a child that reaps itself has no exit signal",
    source=f"12ae2c81b21c, v7.1; {PULL}: exit_signal must be zero",
    request={"entry": "clone3", "flags": "CLONE_AUTOREAP", "exit_signal": 17},
    gives={"EINVAL": "everywhere"},
)
call(
    "no_new_privs can be given at birth since v7.1",
    source=f"24baca56fafc, v7.1; {PULL}",
    shows="child.no_new_privs",
    request={"entry": "clone3", "flags": "CLONE_NNP"},
    gives={"EINVAL": OLDER, True: "v7.1…"},
)
call(
    "a child that its pidfd's closing kills can be made since v7.1",
    source=f"c8134b5f13ae, v7.1; {PULL}",
    shows="child.autokill",
    request={"entry": "clone3", "flags": f"{AUTOKILL}|CLONE_NNP"},
    gives={"EINVAL": OLDER, True: "v7.1…"},
)
call(
    "a child that its pidfd's closing kills needs no_new_privs or privilege",
    source=f"c8134b5f13ae, v7.1; {PULL}",
    request={"entry": "clone3", "flags": AUTOKILL},
    gives={"EINVAL": OLDER, "EPERM": "v7.1…"},
)
call(
    "an empty mount namespace can be asked of clone3() since v7.1",
    source="9d4e752a24f7 (namespace: allow creating empty mount namespaces), v7.1",
    request={"entry": "clone3", "flags": "CLONE_EMPTY_MNTNS"},
    current={"real_cred": ROOT},
    gives={"EINVAL": OLDER, "0": "v7.1…"},
)
call(
    "an empty mount namespace can be asked of unshare() since v7.1",
    source="9d4e752a24f7, v7.1: UNSHARE_EMPTY_MNTNS is 0x100000",
    request={"entry": "unshare", "flags": 0x100000},
    current={"real_cred": ROOT},
    gives={"EINVAL": OLDER, "0": "v7.1…"},
)
history(
    "who gained privilege is killed only through a pidfd that root made",
    of="P18t",
    source=f"c8134b5f13ae, v7.1; {PULL}",
    gives={"VACUOUS": OLDER, "PROVED": "v7.1…"},
)
