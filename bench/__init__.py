"""What the checker costs, beside its budgets and beside other tools on the same questions."""
