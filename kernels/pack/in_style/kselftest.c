// SPDX-License-Identifier: GPL-2.0
/*
$about
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"

#ifndef __x86_64__
#error "the system calls below are made by hand, on x86-64"
#endif

$calls
FIXTURE(answer)
{
};

FIXTURE_VARIANT(answer)
{
	struct call call;
};

FIXTURE_SETUP(answer)
{
}

FIXTURE_TEARDOWN(answer)
{
}

$table
TEST_F(answer, is_as_expected)
{
	if (variant->call.needs_root && geteuid())
		SKIP(return, "needs root");
	EXPECT_EQ(-variant->call.err, make_call(&variant->call));
}

TEST_HARNESS_MAIN
