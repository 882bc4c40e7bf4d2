"""The page to explore: the model's own rules as data, and what shows them, in one HTML file.

The rules, the steps of the small systems and the statements leave here as terms
(:mod:`page.table`); a small interpreter in the page reads them.  No rule is written twice.
"""
