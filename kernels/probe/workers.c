/* Workers of vhost and io_uring, seen from outside: all trials, one after the other. */
#include "workers.h"

#include <fcntl.h>
#include <sys/prctl.h>

/* The process that runs all trials ends with the one that started it. */
int run_workers(int out_fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	default_signals();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	env.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (env.proc < 0 || !trials_begin(out_fd))
		return 2;
	vhost_rows();
	uring_rows();
	limit_rows();
	odd_rows();
	trials_end();
	return 0;
}
