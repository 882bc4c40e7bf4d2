"""Two versions compiled by the machine's compiler and run on many plain inputs."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.source.review.versions import HEADER

COMPILER = shutil.which("gcc")

MAIN = """
static unsigned long seed, count, log_[1 << 16]; static int logged;
static struct task pool[3];
static unsigned long mix(unsigned long a) { a += 0x9e3779b97f4a7c15; a ^= a >> 30;
  a *= 0xbf58476d1ce4e5b9; a ^= a >> 27; a *= 0x94d049bb133111eb; return a ^ (a >> 31); }
static void say(unsigned long a) { if (logged < (1 << 16)) log_[logged++] = a; }
static unsigned long any(void) { return mix(seed * 1000003 + count++); }
static unsigned long value(void) { unsigned long r = any();
  switch (r % 6) { case 0: return 0; case 1: return 1; case 2: return -22;
  case 3: return (r >> 8) % 9;
  case 4: return (r >> 8) & 0x3ff; default: return r >> 7; } }
static void memory(void) { unsigned char *b = (void *)pool;
  for (int i = 0; i < 3; i++) { pool[i].parent = &pool[(i + 1) % 3]; }
  for (int i = 0; i < 3; i++) { say(pool[i].pid); say(pool[i].flags); say(pool[i].clock);
    say(pool[i].in.a); say(pool[i].in.b); say(pool[i].small); say(pool[i].one); say(pool[i].three);
    say(pool[i].on); for (int j = 0; j < 4; j++) say(pool[i].array[j]); } (void)b; }
static void wild(void) { struct task *t = &pool[any() % 3];
  switch (any() % 12) { case 0: t->pid = value(); break; case 1: t->flags = value(); break;
  case 2: t->clock = value(); break; case 3: t->in.a = value(); break;
  case 4: t->small = value(); break;
  case 5: t->on = value() & 1; break; case 6: t->three = value(); break;
  case 7: t->array[any() & 3] = value(); break; default: break; } }
int f(int a) { say(1); say(a); memory(); wild(); return value(); }
int g(int a) { say(2); say(a); memory(); wild(); return value(); }
void put(struct task *t) { say(3); say(t - pool); memory(); wild(); }
void get(struct task *t) { say(4); say(t - pool); memory(); wild(); }
static void begin(unsigned long s) { seed = s; count = 0; logged = 0;
  for (int i = 0; i < 3; i++) { pool[i].pid = value(); pool[i].flags = value();
    pool[i].clock = value();
    pool[i].in.a = value(); pool[i].in.b = value(); pool[i].small = value(); pool[i].one = value();
    pool[i].three = value(); pool[i].on = value() & 1;
    for (int j = 0; j < 4; j++) pool[i].array[j] = value(); } }
static unsigned long total_(long (*it)(struct task *, struct task *, int, u64), unsigned long s) {
  begin(s); struct task *p = &pool[any() % 3], *q = &pool[any() % 3];
  int n = value(); u64 flags = value();
  long r = it(p, q, n, flags); say(r); memory(); unsigned long h = logged;
  for (int i = 0; i < logged; i++) h = mix(h ^ log_[i]);
  return h; }
int main(void) { for (unsigned long s = 1; s < ROUNDS; s++)
  if (total_(it_base, s) != total_(it_head, s)) return 1;
  return 0; }
"""


def apart(base: str, head: str, rounds: int = 3000) -> bool:
    """Whether two versions of ``it`` part on one of many inputs when they are run."""
    assert COMPILER is not None
    both = base.replace(" it(", " it_base(") + head.replace(" it(", " it_head(")
    with TemporaryDirectory() as folder:
        at = Path(folder)
        (at / "a.c").write_text(HEADER + both + f"#define ROUNDS {rounds}\n" + MAIN)
        wanted = ["-O1", "-fwrapv", "-fno-strict-aliasing", "-w", "-std=gnu11", "-ffreestanding"]
        command = [COMPILER, *wanted, str(at / "a.c"), "-o", str(at / "a")]
        subprocess.run(command, check=True, timeout=60)
        return subprocess.run([str(at / "a")], timeout=60, check=False).returncode == 1
