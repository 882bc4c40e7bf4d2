"""A reproducer in which an owner makes one worker after the other."""

from __future__ import annotations

from collections.abc import Iterator

from kernels.observe.attempts import Attempt
from kernels.observe.owners import in_words_of
from kernels.replay.reproduce.collected import Reproducer
from model import words
from model.kernel import Kernel
from properties.claim import Property


class OwnerWriter(Reproducer):
    """Writes a program in which an owner makes one worker after the other."""

    def __init__(self, prop: Property, kernel: Kernel, attempt: Attempt) -> None:
        super().__init__(prop, kernel)
        self.attempt, self.row = attempt, attempt.row

    def text(self) -> str:
        """Return the whole program."""
        self.need("check")
        errno = self.attempt.errno
        wanted = "0" if errno == "OK" else f"-{errno}"
        number = self.attempt.number
        steps = {
            "prepare": list(self._owner()),
            "call": [
                f"for (seen->number = 0; seen->number < {number}; seen->number++) {{",
                "\tlong made = make_worker((int)seen->number);",
                "",
                "\tif (made < 0)",
                "\t\treturn made;",
                "}",
                f"return make_worker({number});",
            ],
            "look": [
                f'as_told &= check("made before", seen->number, {number});',
                'as_told &= check("result", seen->result > 0 ? 0 : seen->result, ' + f"{wanted});",
            ],
        }
        told = "it is made" if errno == "OK" else f"the call fails with {errno}"
        about = self.about(list(in_words_of(self.row, number)), told)
        return self.filled(about, steps, "fork()", "")

    def _owner(self) -> Iterator[str]:
        row = self.row
        if row["maker"].startswith("vhost"):
            self.need("vhost")
            yield f"open_devices({int(row['maker'] != 'vhost-kthread')});"
        else:
            self.need("sqpoll" if row["maker"] == "sqpoll" else "sleeping_fork")
        if row["who"] == "user":
            self.need("become")
            yield "become(1, 1);"
        if row["outside"]:
            self.need("outside")
            yield f"more_processes({row['outside']});"
        if row["userns"]:
            self.need("lone_user_namespace")
            yield "lone_user_namespace();"
        if row["who"] == "user" or row["userns"]:
            self.need("capset")
            yield f"set_capabilities({row['caps']:#x}); /* {words.cap_names(row['caps'])} */"
        self.need("limit")
        yield f"limit_processes({row['nproc']});"
