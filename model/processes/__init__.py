"""Processes as user space drives them: one after the other calls, the state is carried along.

What a call that creates or prepares tasks comes to is asked of the rules of the single call; how
a task and its charge move between users is what the steps of histories say, too.  On plain values
only: no verdict rests on it.
"""
