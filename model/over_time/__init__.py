"""Systems of tasks over time: records that change by named steps.

A step that makes a task asks the rules of the single call, and restates none of them.  Two ask
nothing: exec_ids' clone, whose numbers have no bound, and the kthread of KVM before v6.13.
"""
