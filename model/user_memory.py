"""Where user memory ends for the kernel's checks of user pointers (x86-64)."""

from __future__ import annotations

from model import words
from model.algebra import Word, when_word
from model.kernel import Kernel
from model.patches import ACCESS_OK_BY_SIGN, ACCESS_OK_EXACT, ACCESS_OK_TO_LIMIT


def highest_end(kernel: Kernel) -> Word:
    """Return the greatest end of a buffer that access_ok() takes.

    arch/x86/include/asm/uaccess_64.h; from v6.4 to v6.11 any address below 2**63 would do.
    """
    limit = words.TASK_SIZE_MAX
    short = when_word(64, kernel[ACCESS_OK_EXACT], limit, limit - 1)
    signed = when_word(64, kernel[ACCESS_OK_BY_SIGN], (1 << 63) - 1, limit)
    return when_word(64, kernel[ACCESS_OK_TO_LIMIT], short, signed)
