/*
$about
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ostream>
#include <string>

#include "gtest/gtest.h"

#ifndef __x86_64__
#error "the system calls below are made by hand, on x86-64"
#endif

namespace {

$calls
struct Answer {
  const char* name;
  struct call call;
};

// What a failure shows of a test's parameter.
void PrintTo(const Answer& answer, std::ostream* out) { *out << answer.name; }

const Answer kAnswers[] = {
$table
};

class AnswerTest : public ::testing::TestWithParam<Answer> {};

// Makes a call in a process of its own; returns its errno, 0 for success.
int ErrnoOf(const struct call& call) {
  int pipes[2], err = -1;
  if (pipe2(pipes, O_CLOEXEC) != 0) return -1;
  pid_t pid = fork();
  if (pid == 0) {
    err = -make_call(&call);
    _exit(write(pipes[1], &err, sizeof(err)) != sizeof(err));
  }
  close(pipes[1]);
  if (read(pipes[0], &err, sizeof(err)) != sizeof(err)) err = -1;
  close(pipes[0]);
  waitpid(pid, nullptr, 0);
  return err;
}

TEST_P(AnswerTest, IsAsExpected) {
  const struct call& call = GetParam().call;
  if (call.needs_root && geteuid() != 0) GTEST_SKIP() << "needs root";
  int err = ErrnoOf(call);
  EXPECT_EQ(err, call.err) << "expected " << strerror(call.err) << ", got " << strerror(err);
}

INSTANTIATE_TEST_SUITE_P(
    Linux, AnswerTest, ::testing::ValuesIn(kAnswers),
    [](const ::testing::TestParamInfo<Answer>& info) { return std::string(info.param.name); });

}  // namespace
