"""Decides properties of the model: one file per question, one file per engine."""
