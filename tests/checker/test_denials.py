"""Records of the kernel's log that name who refused: each is told as his, no other line is."""

import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from checker.why.denials import denial_in
from checker.why.document import schema
from command.why import why

_APPARMOR = ('audit: type=1400 audit(1.2:3): apparmor="{}" operation="userns_create" pid=1 '
             'comm="bwrap" target="unprivileged_userns"')
_AVC = 'type=AVC msg=audit(1.2:3): avc:  denied  {{ {} }} for  pid=1 tclass={} permissive=0'
_SECCOMP = "type=SECCOMP msg=audit(1.2:3): pid=1 arch=c000003e syscall={} compat=0 ip=0 code={}"

RECORDS = [
    (_APPARMOR.format("DENIED"), "AppArmor", "EACCES", "does not allow userns"),
    (_APPARMOR.format("AUDIT"), "AppArmor", "0", "every capability is denied"),
    ('apparmor="DENIED" operation="capable" class="cap" profile="unprivileged_userns" pid=1 '
     'capability=21 capname="sys_admin"', "AppArmor", "", "here sys_admin"),
    (_AVC.format("create", "user_namespace"), "SELinux", "EACCES", "class user_namespace"),
    (_AVC.format("fork", "process"), "SELinux", "EACCES", "may not fork"),
    (_SECCOMP.format(435, "0x50000"), "a seccomp filter", "", "before clone3 began"),
    (_SECCOMP.format("unshare", "0x7fc00000"), "a seccomp filter", "", "left the answer to a list"),
    (_SECCOMP.format(2, "0x80000000"), "a seccomp filter", "",
     "with SIGSYS, before system call 2 began: no rule of the kernel was asked"),
]


@pytest.mark.parametrize(("record", "who", "errno", "says"), RECORDS)
def test_a_record_names_who_refused(record: str, who: str, errno: str, says: str) -> None:
    found = denial_in(record)
    assert found is not None
    assert (found.who, found.errno) == (who, errno)
    assert says in found.says


def test_a_filter_that_lets_a_call_through_is_not_said_to_have_answered_it() -> None:
    found = denial_in(_SECCOMP.format("clone3", "0x7ffc0000"))
    assert found is not None
    assert found.says == "it let it through, and logged it, before clone3 began"


@pytest.mark.parametrize(
    "line",
    [
        'apparmor="DENIED" operation="open" profile="x" name="/y"',
        'apparmor="DENIED" operation="capable" profile="cupsd" capname="net_admin"',
        'apparmor="ALLOWED" operation="userns_create" profile="complaining" pid=1',
        _AVC.format("create", "user_namespace").replace("permissive=0", "permissive=1"),
        _AVC.format("create", "file"),
        _AVC.format("transition", "process"),
        "clone(child_stack=NULL, flags=CLONE_NEWUSER|SIGCHLD) = -1 EPERM (…)",
        "type=SYSCALL msg=audit(1.2:3): arch=c000003e syscall=56 success=no exit=-1 a0=11",
    ],
)
def test_no_other_line_is_a_denial(line: str) -> None:
    assert denial_in(line) is None


def test_a_denial_is_answered_in_words_and_in_json_as_the_schema_says(tmp_path: Path) -> None:
    """What the record tells of the call is how to ask on."""
    record, *_ = RECORDS[5]
    told = CliRunner().invoke(why, [record])
    assert told.exit_code == 0
    assert "cloneproof why --entry clone3" in told.output
    file = tmp_path / "denial.json"
    CliRunner().invoke(why, [record, "--format", "json", "-o", str(file)])
    jsonschema.validate(json.loads(file.read_text()), schema())


def test_a_log_may_hold_them_beside_calls(tmp_path: Path) -> None:
    """Equal ones once, with how often; other lines are counted as what they are."""
    log = tmp_path / "log"
    lines = [RECORDS[0][0], RECORDS[0][0], RECORDS[4][0], "unshare(CLONE_NEWUSER) = -1 EACCES"]
    log.write_text("\n".join([*lines, "another line"]))
    asked = [str(log), "-k", "v6.12", "--format", "json"]
    found = json.loads(CliRunner().invoke(why, asked).output)
    assert [(one["who"], one["count"]) for one in found["denials"]] == [
        ("AppArmor", 2), ("SELinux", 1)
    ]
    assert (found["lines"], found["failed"], found["others"]) == (5, 1, 1)
    jsonschema.validate(found, schema())
