"""All cases for a kernel, made from the model: rows, pairs, effects, boundaries, random calls."""
