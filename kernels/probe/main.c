/* probe cases FILE | probe play FILE | probe tasks FILE | probe workers | probe tied COMMAND... | as /init of a virtual machine */
#include "probe.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Run a command that ends when our parent does. */
static int run_tied(char **command)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(command[0], command);
	perror(command[0]);
	return 127;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "actor"))
		return actor_resume(argv[2][0] - 'a');
	if (argc > 2 && !strcmp(argv[1], "tasks-resume"))
		return tasks_resume(argc, argv);
	if (getpid() == 1)
		return guest_main();
	if (argc == 3 && !strcmp(argv[1], "cases"))
		return run_cases(argv[2], 1);
	if (argc == 3 && !strcmp(argv[1], "play"))
		return run_play(argv[2], 1);
	if (argc == 3 && !strcmp(argv[1], "tasks"))
		return run_tasks(argv[2], 1);
	if (argc == 2 && !strcmp(argv[1], "workers"))
		return run_workers(1);
	if (argc > 2 && !strcmp(argv[1], "tied"))
		return run_tied(argv + 2);
	fprintf(stderr, "usage: probe cases FILE | probe play FILE | probe tasks FILE | probe workers | probe tied COMMAND...\n");
	return 64;
}
