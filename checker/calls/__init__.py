"""A call as people and files see it: documents, names, answers, counterexamples, stories."""
