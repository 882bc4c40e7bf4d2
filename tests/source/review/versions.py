"""Two versions of a piece of C, judged."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from source.c.unit import Unit, unit
from source.review.judge import judge
from source.review.judgement import Judgement
from source.tree import Changed, Folder

INCLUDE = '#include "a.h"\n'
HEADER = """
typedef unsigned long size_t; typedef unsigned char u8; typedef unsigned int u32;
typedef unsigned long u64; typedef _Bool bool;
#define NULL ((void *)0)
#define true 1
#define false 0
#define EINVAL 22
#define ENOMEM 12
#define EPERM 1
#define EAGAIN 11
#define offsetof(t, m) __builtin_offsetof(t, m)
#define container_of(ptr, type, member) ({ void *__mptr = (void *)(ptr); \\
    ((type *)(__mptr - offsetof(type, member))); })
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) do { *(volatile typeof(x) *)&(x) = (v); } while (0)
#define MAX_ERRNO 4095
static inline void *ERR_PTR(long error) { return (void *)error; }
static inline long PTR_ERR(const void *ptr) { return (long)ptr; }
static inline bool IS_ERR(const void *ptr)
{ return unlikely((unsigned long)(void *)(ptr) >= (unsigned long)-MAX_ERRNO); }
static inline bool IS_ERR_OR_NULL(const void *ptr)
{ return unlikely(!ptr) || unlikely((unsigned long)(void *)(ptr) >= (unsigned long)-MAX_ERRNO); }
static inline int PTR_ERR_OR_ZERO(const void *ptr)
{ if (IS_ERR(ptr)) return PTR_ERR(ptr); else return 0; }
struct list { struct list *next, *prev; };
struct lock { int v; };
struct inner { int a; long b; };
struct task { int pid; unsigned int flags; u64 clock; struct task *parent; struct lock lock;
    struct list node; struct inner in; u8 small; unsigned one : 1; unsigned three : 3; bool on;
    int array[4]; void *data; };
struct args { u64 flags; int signal; void *stack; };
int f(int); int g(int); int h(int, int); void put(struct task *); void get(struct task *);
void lock(struct lock *); void unlock(struct lock *); void *kmalloc(size_t);
void kfree(const void *);
struct task *find(int); int make(struct args *); void note(const char *, ...);
int fill(struct task *, struct args *); void *memset(void *, int, size_t);
void *memcpy(void *, const void *, size_t);
extern int total;
struct guard { struct lock *lock; };
static inline struct guard guard_in(struct lock *l) { struct guard g = { .lock = l };
    lock(l); return g; }
static inline void guard_out(struct guard *g) { if (g->lock) unlock(g->lock); }
#define guard(l) struct guard __attribute__((cleanup(guard_out))) __scope = guard_in(l)
static inline void __free_kfree(void *p) { void *_T = *(void **)p;
    if (!IS_ERR_OR_NULL(_T)) kfree(_T); }
#define __free(n) __attribute__((cleanup(__free_##n)))
#define no_free_ptr(p) ({ __auto_type __ptr = (p); (p) = NULL; __ptr; })
"""


def units(base: str, head: str, folder: str) -> tuple[Unit, Unit]:
    """Both versions, read."""
    root = Path(folder)
    (root / "kernel").mkdir()
    (root / "kernel/a.h").write_text(HEADER)
    (root / "kernel/a.c").write_text(INCLUDE + base)
    tree = Folder(root)
    one = unit(tree, "kernel/a.c")
    two = unit(Changed(tree, {"kernel/a.c": INCLUDE + head}), "kernel/a.c")
    for side in (one, two):
        assert not side.troubles, side.troubles
    return one, two


def judged(base: str, head: str, name: str = "it") -> Judgement:
    """The verdict on the function of both versions."""
    with TemporaryDirectory() as folder:
        one, two = units(base, head, folder)
        with closing(one), closing(two):
            return judge(one, two, name)
