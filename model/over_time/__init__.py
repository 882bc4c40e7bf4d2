"""Systems of tasks over time: records that change by named steps.

Every step that makes a task asks the rules of the single call; nothing is restated here.
"""
