"""Patches as they come (mails, mailboxes, diffs, a range of git), applied to a tree in memory."""
