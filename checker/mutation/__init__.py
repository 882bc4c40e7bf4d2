"""Mutation: small changes of the model as data, and which of them a verdict notices."""
