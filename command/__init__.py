"""The command ``cloneproof``: a file for each verb, and what the verbs share.

``cloneproof.py`` lists the verbs; ``options.py`` and ``names.py`` hold what a command line may
say, ``output.py`` where answers go, ``settle.py`` what a run is held against.  A verb imports
what it needs when it is run, so that help, lists and completion need no solver.
"""
