"""Programs that print a rate; each runs in a process, and in a tree, of its own."""

LINES = """
import sys, time

lines = open(sys.argv[1], "rb").readlines()
try:
    from checker.prediction.lines import predicted

    predict = lambda some: list(predicted([some], "calls"))
except ImportError:  # the release has no columns
    try:
        from checker.calls.lines import predicted
    except ImportError:
        from checker.lines import predicted

    predict = lambda some: list(predicted([line.decode() for line in some], "calls"))
predict(lines[:50])
begun = time.process_time()
answers = predict(lines)
print(len(lines) / (time.process_time() - begun))
"""
"""JSON Lines, answered in a process that is already running."""

COLUMNS = """
import time
import numpy as np
from checker.readings.columns import Many
from checker.readings.flood import flood
from model.errors import number
from model.records import values_of
from model.request import Entry
from model.revisions import REVISIONS
from properties.claim import Subject

COUNT = 200_000
rng = np.random.default_rng(1)
facts = flood(rng, COUNT, (Entry.CLONE3,))


def told(many):
    outcome = many.outcome(Subject.CREATE)
    child = dict(values_of(outcome.child))
    return child | {"possible": many.well_formed, "errno": number(outcome.errno)}


spent = []
for _ in range(3):
    begun = time.process_time()
    Many(REVISIONS["v6.12"].kernel, facts, COUNT).asked(told)
    spent.append(time.process_time() - begun)
print(COUNT / min(spent))
"""
"""Random clone3 calls with every fact: which can be made, what each returns, and its child."""
