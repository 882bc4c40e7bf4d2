"""Decides properties of the model: questions, engines, and what they stand on."""
