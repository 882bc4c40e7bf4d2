"""Families: who is whose child, who reaps whom, and what a sibling copies from its leader.

kernel/fork.c:copy_process, kernel/exit.c:exit_notify and forget_original_parent,
kernel/signal.c:do_notify_parent.  A grandparent has a child, the caller; the caller makes a
task of its own, or with CLONE_PARENT a sibling; the caller may be the init of a pid
namespace.
"""

from __future__ import annotations

from model.over_time.steps import exit, fork
from model.over_time.world import scope
from model.words import SIGUSR1

SYSTEM = scope(
    "families",
    about="parents, siblings, orphans and zombies",
    facts="parent_gone owner_gone owner_init exit_signal sampled forking child child_thread "
    "child_parent child_signal autoreap notified waited",
    tasks="one task, its parent, its reaper and its child",
    exit_signal=SIGUSR1,
)
SYSTEM.takes(
    fork.the_owner_becomes_the_init_of_a_pid_namespace.called(
        "the caller becomes the init of a pid namespace"
    ),
    fork.the_owner_forks.called("the caller forks"),
    fork.the_owner_clones_a_child_without_exit_signal.called(
        "the caller clones a child without exit signal"
    ),
    fork.the_owner_clones_a_thread.called("the caller clones a thread"),
    fork.the_owner_clones_a_child_that_is_reaped_by_itself.called(
        "the caller clones a child that is reaped by itself"
    ),
    fork.the_owner_begins_to_clone_a_sibling.called("the caller begins to clone a sibling"),
    fork.the_sibling_is_published,
    exit.the_owners_parent_ends.called("the grandparent ends"),
    exit.the_owner_ends.called("the caller ends"),
    exit.the_child_ends.called("the new task ends"),
    exit.a_parent_waits_for_children_with_SIGCHLD,
    exit.a_parent_waits_for_all_children,
)
