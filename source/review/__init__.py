"""A tree held against another version of itself."""
