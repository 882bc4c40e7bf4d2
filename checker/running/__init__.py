"""Histories of one's own: steps in a person's words, taken one by one, with what they change."""
