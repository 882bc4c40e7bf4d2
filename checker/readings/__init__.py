"""What a property is read on: plain values, columns of them, terms of every call at once."""
