/* The JSON line of one case. */
#ifndef REPORT_H
#define REPORT_H

#include "view.h"

struct outcome {
	struct view caller;	 /* just before the call */
	struct view before;	 /* the same, with namespaces, for unshare and setns */
	struct view after;	 /* for unshare and setns */
	struct view child;
	struct view caller_beside; /* the caller's namespaces while the child lives */
	struct sharing child_shares;
	struct sharing thread_before, thread_after, sibling_before, sibling_after;
	u64 sharer_root_before, sharer_root_after; /* mount of a helper's root, 0: not seen */
	int caller_died, caller_returned, child_seen;
	int io_follows; /* the caller's new I/O priority is the child's: 1, 0, -1 cannot be told */
	int cleared; /* child_tid set to 0 at exit: 1, 0, -1 not looked at */
};

void report_unprepared(const char *why);
void report_outcome(const struct outcome *o);

#endif
