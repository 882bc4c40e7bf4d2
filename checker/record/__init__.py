"""The one result record, in its order, and what is kept of it."""
