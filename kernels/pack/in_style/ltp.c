// SPDX-License-Identifier: GPL-2.0-or-later
/*\
$about
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tst_test.h"
#include "lapi/syscalls.h"

$calls
static const struct {
	const char *name;
	struct call call;
} tcases[] = {
$table
};

static void make_one(unsigned int n)
{
	long ret = make_call(&tcases[n].call);

	if (ret == -tcases[n].call.err) {
		tst_res(TPASS, "%s: %s", tcases[n].name, ret ? tst_strerrno(-ret) : "success");
		return;
	}
	tst_res(TFAIL, "%s: expected %s, got %s", tcases[n].name,
		tcases[n].call.err ? tst_strerrno(tcases[n].call.err) : "success",
		ret ? tst_strerrno(-ret) : "success");
}

static void run(unsigned int n)
{
	if (!SAFE_FORK()) {
		make_one(n);
		_exit(0);
	}
	tst_reap_children();
}

static struct tst_test test = {
	.tcnt = ARRAY_SIZE(tcases),
	.test = run,
	.forks_child = 1,
	.needs_root = 1,
	.supported_archs = (const char *const []) { "x86_64", NULL },
};
