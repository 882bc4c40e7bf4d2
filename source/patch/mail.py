"""Patches in mails: one mail, a mailbox of several, or a diff without any."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message

from checker.ground.problems import Problem
from source.patch.change import Patch
from source.patch.diff import begins, changes
from source.text import decoded

LARGEST = 32_000_000
"""Bytes of the largest input that is read."""

MOST_MAILS, LONGEST_HEADER = 2_000, 2_000

_FROM = re.compile(rb"^From \S[^\n]* \d\d:\d\d(?::\d\d)? [^\n]*\d{4}[^\n]*\n", re.MULTILINE)
"""How a mail begins in a mailbox; a line of prose that begins with "From" has no time."""

_HEADER = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|received|return-path|mime-version|delivered-to"
    rb"|content-type|x-[\w-]+|dkim-signature|list-id|sender|reply-to|authentication-results): ?",
    re.IGNORECASE,
)
_TAG = re.compile(r"\[([^\]]*)\]\s*")
_PLACE = re.compile(r"\b(\d{1,4})/(\d{1,4})\b")
_VERSION = re.compile(r"\bv(\d{1,3})\b", re.IGNORECASE)
_DIFFS = ("text/x-patch", "text/x-diff", "application/x-patch")
_REPLY = re.compile(r"(?:re|aw|fwd?)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as far as it matters: its subject, its Message-ID, and all its text."""

    subject: str
    message: str
    text: str

    @property
    def is_reply(self) -> bool:
        """Return whether it answers another mail."""
        return _REPLY.match(self.subject.strip()) is not None


def mails(raw: bytes) -> list[Mail]:
    """Return the mails of an input; nothing where it is a diff without any.

    Raises :class:`Problem` for what is too large, is no text, or no mail can be.
    """
    if len(raw) > LARGEST:
        raise Problem(f"the patch has {len(raw):,} bytes; more than {LARGEST:,} are not read")
    raw = raw.replace(b"\r\n", b"\n").lstrip(b"\n")
    if raw.startswith(b"\x1f\x8b"):
        raise Problem("the patch is compressed: gunzip -c FILE | cloneproof review TREE -")
    if b"\0" in raw:
        raise Problem("the patch is no text: it holds zero bytes")
    starts = [one.start() for one in _FROM.finditer(raw)] if _FROM.match(raw) else []
    if len(starts) > MOST_MAILS:
        raise Problem(f"the mailbox has {len(starts):,} mails: at most {MOST_MAILS:,} are read")
    if starts:
        ends = [*starts[1:], len(raw)]
        return [_mail(raw[one:end]) for one, end in zip(starts, ends, strict=True)]
    return [_mail(raw)] if _HEADER.match(raw) else []


def _mail(raw: bytes) -> Mail:
    body = raw.split(b"\n", 1)[-1] if raw.startswith(b"From ") else raw
    try:
        read: Message = message_from_bytes(body, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return Mail(_header(read, "subject"), _header(read, "message-id").strip("<> "), _text(read))
    except (MessageError, LookupError, ValueError, RecursionError, AttributeError) as error:
        raise Problem(f"a mail cannot be read: {type(error).__name__}: {error}") from None


def _header(mail: EmailMessage, name: str) -> str:
    raw = next((str(value) for key, value in mail.raw_items() if key.lower() == name), "")
    if len(raw) > LONGEST_HEADER:
        raise Problem(f"a mail's {name} has {len(raw):,} characters: at most {LONGEST_HEADER:,}")
    return " ".join(str(mail.get(name, "")).split())


def _text(mail: EmailMessage) -> str:
    """Return the text of a mail; attached patches count, where its own text holds none."""
    plain, attached = [], []
    for part in mail.walk():
        if part.is_multipart():
            continue
        name = part.get_filename() or ""
        if part.get_content_type() in _DIFFS or name.endswith((".patch", ".diff")):
            attached.append(_decoded(part))
        elif part.get_content_type() == "text/plain":
            plain.append(_decoded(part))
    text = "\n".join(plain)
    if begins(text) == len(text) and attached:
        text = "\n".join([text, *attached])
    return text


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    return decoded(raw.replace(b"\r\n", b"\n"), str(part.get_content_charset("utf-8")))


def place_of(subject: str) -> tuple[int, int]:
    """Return which patch of how many a subject names: (0, 0) where it names none."""
    place = _PLACE.search(" ".join(_TAG.findall(subject)))
    return (int(place.group(1)), int(place.group(2))) if place else (0, 0)


def patch_of(mail: Mail) -> Patch:
    """Return the patch of a mail; one without files is a cover letter, or no patch at all."""
    version = _VERSION.search(" ".join(_TAG.findall(mail.subject)))
    number, total = place_of(mail.subject)
    return Patch(
        _TAG.sub("", mail.subject).strip(),
        changes(mail.text),
        number,
        total,
        int(version.group(1)) if version else 1,
        mail.message,
    )
