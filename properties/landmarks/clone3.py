"""What clone3() accepts: its structure, its flags, its stack, and the release of each."""

from __future__ import annotations

from properties.landmarks.landmark import NO_SUCH_CALL, call

ROOT = {"uid": 0, "euid": 0, "cap_effective": "all"}
MAINLINE_55 = "v5.5…, series, debian-6.1.192, debian-6.12.117"

call(
    "clone3() refuses an exit signal that is none",
    source="a0eb9abd8af9, pulled as for-linus-20190912 for v5.3",
    request={"entry": "clone3", "exit_signal": 65},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "clone3() refuses an exit signal that does not fit a byte",
    source="a0eb9abd8af9, pulled as for-linus-20190912 for v5.3",
    request={"entry": "clone3", "exit_signal": 256},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "clone3() refuses the size of a stack without its address",
    source="fa729c4df558, pulled as for-linus-2019-11-05 for v5.4; clone(2) EINVAL",
    request={"entry": "clone3", "stack_size": 4096},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "0": "v5.3",
        "EINVAL": "v5.4…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "clone3() refuses the address of a stack without its size",
    source="fa729c4df558, pulled as for-linus-2019-11-05 for v5.4; clone(2) EINVAL",
    request={"entry": "clone3", "stack": 4096},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "0": "v5.3",
        "EINVAL": "v5.4…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "a stack far outside user memory was accepted from v6.4 to v6.11",
    source="6014bc27561f, v6.4 from memory (access_ok() independent of LAM); "
    "86e6b1547b3d, v6.12 (CVE-2024-50102)",
    request={"entry": "clone3", "stack": 0x1000, "stack_size": 2**62},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.4…v6.3, series, v6.12…, debian-6.1.192, debian-6.12.117",
        "0": "v5.3, v6.4…v6.11",
    },
)
call(
    "a stack that ends with user memory was refused by v6.12",
    source="86e6b1547b3d, v6.12; 573f45a9f9a4, v6.13-rc1 (off-by-one), "
    "asked into 6.12.y by its author",
    request={"entry": "clone3", "stack": 0x7FFFFFFFE000, "stack_size": 0x1000},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "0": "v5.3…v6.11, series, v6.13…, debian-6.1.192, debian-6.12.117",
        "EINVAL": "v6.12",
    },
)
call(
    "CLONE_CLEAR_SIGHAND came with v5.5",
    source="b612e5df4587, v5.5; clone(2): CLONE_CLEAR_SIGHAND (since Linux 5.5)",
    request={"entry": "clone3", "flags": "CLONE_CLEAR_SIGHAND"},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…v5.4",
        "0": MAINLINE_55,
    },
)
call(
    "CLONE_CLEAR_SIGHAND resets the handlers",
    source="b612e5df4587, v5.5: each handler that is not SIG_IGN becomes SIG_DFL",
    shows="child.caught",
    request={"entry": "clone3", "flags": "CLONE_CLEAR_SIGHAND"},
    current={"sighand": {"caught": "SIGUSR1"}},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…v5.4",
        "none": MAINLINE_55,
    },
)
call(
    "on 32-bit machines CLONE_CLEAR_SIGHAND was lost until v6.18",
    source="04ff48239f46, v6.18 from memory, stable since 5.5; changelog of linux 6.1.158-1 "
    "(Debian)",
    shows="child.caught",
    request={"entry": "clone3", "flags": "CLONE_CLEAR_SIGHAND"},
    current={"sighand": {"caught": "SIGUSR1"}},
    system={"long_is_32_bit": True},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…v5.4",
        "SIGUSR1": "v5.5…v6.17, series",
        "none": "v6.18…, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "handlers are not both shared and cleared",
    source="b612e5df4587, v5.5; clone(2) EINVAL: CLONE_SIGHAND with CLONE_CLEAR_SIGHAND",
    request={"entry": "clone3", "flags": "CLONE_VM|CLONE_SIGHAND|CLONE_CLEAR_SIGHAND"},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "set_tid_size without set_tid is refused, and unknown to v5.4",
    source="49cb2fc42ce4, v5.5 (threads-v5.5); clone(2): set_tid (since Linux 5.5); "
    "a longer struct with bytes set is E2BIG: clone(2) extensible arguments",
    request={"entry": "clone3", "set_tid_size": 1},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "E2BIG": "v5.3…v5.4",
        "EINVAL": MAINLINE_55,
    },
)
call(
    "a child is put into a cgroup since v5.7",
    source="ef2c41cf38a7, v5.7; clone(2): CLONE_INTO_CGROUP (since Linux 5.7)",
    request={"entry": "clone3", "flags": "CLONE_INTO_CGROUP"},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…v5.6",
        "0": "v5.7…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "the field of the cgroup is unknown to kernels before v5.7",
    source="ef2c41cf38a7, v5.7: CLONE_ARGS_SIZE_VER2; clone(2) extensible arguments",
    request={"entry": "clone3", "cgroup": 3},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "E2BIG": "v5.3…v5.6",
        "0": "v5.7…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "clone3() takes CLONE_NEWTIME since v6.3",
    source="a402f1e35313, v6.3 (after -rc1), stable; changelog of linux 6.1.20-1 (Debian)",
    request={"entry": "clone3", "flags": "CLONE_NEWTIME"},
    current={"real_cred": ROOT},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…v6.2, v6.3-rc1, series",
        "0": "v6.3…, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "CLONE_DETACHED means nothing to clone3()",
    source="7f192e3cd316, v5.3; clone(2) EINVAL: CLONE_DETACHED",
    request={"entry": "clone3", "flags": "CLONE_DETACHED"},
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…, series, debian-6.1.192, debian-6.12.117",
    },
)
call(
    "a thread has no exit signal to give to clone3()",
    source="7f192e3cd316, v5.3; clone(2) on exit_signal",
    request={
        "entry": "clone3",
        "flags": "CLONE_VM|CLONE_SIGHAND|CLONE_THREAD",
        "exit_signal": 17,
    },
    gives={
        NO_SUCH_CALL: "…v5.2",
        "EINVAL": "v5.3…, series, debian-6.1.192, debian-6.12.117",
    },
)
