"""The least call that shows something: the one order of calls, and how the first in it is found.

Whoever wants a call asks a solver, and makes what it answers small on the concrete reading
(:func:`checker.smallest.shrink.found_in`): that is enough to show what a change does, or which
rule decides.  Where the call is kept, or shown as the smallest, the solver is asked of the order
until nothing comes before it (:func:`checker.smallest.least.least_of`).

What is no question of this room, since it has no call that could be smaller:

- the shortest history: exploration meets the nearest state first, and need not look for it;
- a history on a real kernel: each trial is a run there (:mod:`kernels.histories.shrink`);
- a case of the probe: it costs what it takes to prepare, which is another order
  (:mod:`kernels.cases.searcher`).
"""
