"""The least call that shows something: the one order of calls, and how the first in it is found."""
