"""A second opinion: every obligation as SMT-LIB text, decided by solvers of other people."""
