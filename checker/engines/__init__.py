"""Terms as clauses, and the solver that is asked about them."""
