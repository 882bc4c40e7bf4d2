"""Proofs that can be checked alone: obligations as text, clauses, and a log of derived clauses.

``script``, ``typed``, ``encode``, ``rup`` and ``check`` need nothing else of this project but
:mod:`checker.engines.gates`, and no solver; whoever doubts a verdict has these files to read.
"""
