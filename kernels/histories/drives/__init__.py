"""One drive for each system that user space can bring about, step by step.

A :class:`~kernels.histories.drives.by_table.TableDrive` has a command of its own for each step; a
:class:`~kernels.histories.drives.workers.WorkerDrive` waits after each for what the kernel does
by itself.  What a step of the world takes stands in :mod:`kernels.histories.given`, how a fact
of it is seen in :mod:`kernels.histories.seen`: a drive says which, and how its scope begins.
"""
