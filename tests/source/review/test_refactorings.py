"""Refactorings that change nothing are proved the same, kind by kind."""

import pytest

from source.review.judgement import SAME
from tests.source.review.versions import judged

KINDS: dict[str, tuple[str, str]] = {
    "renamed locals": (
        "int it(int a) { int ret = f(a); return ret; }",
        "int it(int a) { int err = f(a); return err; }",
    ),
    "split declarations": (
        "int it(int a) { int x = f(a), y = g(a); return x + y; }",
        "int it(int a) { int x, y; x = f(a); y = g(a); return y + x; }",
    ),
    "inverted if": (
        "int it(struct task *p) { if (!p) goto bad; get(p); return 0; bad: return -EINVAL; }",
        "int it(struct task *p) { if (p) { get(p); return 0; } else { return -EINVAL; } }",
    ),
    "early return and goto": (
        """int it(int a) { int r; r = f(a); if (r) goto out; r = g(a); if (r) goto out;
           r = h(a, 1); out: return r; }""",
        """int it(int a) { int r; r = f(a); if (r) return r; r = g(a); if (r) return r;
           return h(a, 1); }""",
    ),
    "helper extracted": (
        "int it(struct task *p) { lock(&p->lock); p->pid = 1; unlock(&p->lock); return f(2); }",
        """static void set(struct task *t, int v) { lock(&t->lock); t->pid = v; unlock(&t->lock); }
           int it(struct task *p) { set(p, 1); return f(2); }""",
    ),
    "helper with its own errors": (
        "int it(int a) { int r = f(a); if (r < 0) { g(r); return r; } h(a, r); return 0; }",
        """static int both(int a, int *out) { int r = f(a); if (r < 0) { g(r); return r; }
           *out = r; return 0; }
           int it(int a) { int r, e = both(a, &r); if (e) return e; h(a, r); return 0; }""",
    ),
    "helper inlined": (
        "static int two(int a) { return f(a) * 2; } int it(int a) { return two(a + 1); }",
        "int it(int a) { return 2 * f(1 + a); }",
    ),
    "helper with one parameter less": (
        """static int set(struct task *t, int v) { t->pid = v; return f(v); }
           int it(struct task *p) { return set(p, 3); }""",
        """static int set(struct task *t) { t->pid = 3; return f(3); }
           int it(struct task *p) { return set(p); }""",
    ),
    "and as nested ifs": (
        "void it(int a, int b) { if (a && b) f(a); }",
        "void it(int a, int b) { if (a) { if (b) f(a); } }",
    ),
    "and of calls as nested ifs": (
        "void it(int a, int b) { if (f(a) && f(b)) g(1); else g(2); }",
        "void it(int a, int b) { if (f(a)) { if (f(b)) { g(1); return; } } g(2); }",
    ),
    "De Morgan": (
        "int it(int a, int b) { if (!(a && b)) return f(1); return 0; }",
        "int it(int a, int b) { if (!a || !b) return f(1); return 0; }",
    ),
    "truth values": (
        "int it(int x) { return x ? 1 : 0; }",
        "int it(int x) { return !!x; }",
    ),
    "truth type": (
        "int it(int x) { bool b = x & 4; return b; }",
        "int it(int x) { return (x & 4) != 0; }",
    ),
    "switch and ifs": (
        """int it(int a) { switch (a) { case 1: f(1); break; case 2: case 3: f(2); /* fall */
           default: g(a); } return a; }""",
        """int it(int a) { if (a == 1) { f(1); } else { if (a == 3 || a == 2) f(2); g(a); }
           return a; }""",
    ),
    "switch with returns in another order": (
        "int it(int a) { switch (a) { case 1: return f(1); case 2: return f(2); } return 0; }",
        "int it(int a) { if (a == 2) return f(2); if (a == 1) return f(1); return 0; }",
    ),
    "for and while": (
        "int it(int n) { int i, s = 0; for (i = 0; i < n; i++) s += f(i); return s; }",
        "int it(int n) { int i = 0, s = 0; while (i < n) { s += f(i); i++; } return s; }",
    ),
    "temporary in a loop": (
        "void it(struct task *p) { while (p) { put(p); p = p->parent; } }",
        "void it(struct task *t) { for (; t;) { struct task *n = t; put(n); t = n->parent; } }",
    ),
    "loop with exits": (
        """int it(int n) { int i; for (i = 0; i < n; i++) { if (f(i)) goto bad; if (g(i)) break; }
           return i; bad: return -EINVAL; }""",
        """int it(int n) { int i = 0; for (;;) { if (i >= n) break; if (f(i) != 0) return -EINVAL;
           if (g(i)) break; i += 1; } return i; }""",
    ),
    "known bound": (
        "void it(void) { int i; for (i = 0; i < 3; i++) f(i); }",
        "void it(void) { f(0); f(1); f(2); }",
    ),
    "retry by goto": (
        "int it(int a) { int r; again: r = f(a); if (r == -EAGAIN) goto again; return r; }",
        "int it(int a) { int r; again: r = f(a); if (r != -EAGAIN) return r; goto again; }",
    ),
    "temporaries": (
        "int it(struct task *p) { return h(p->pid, p->parent->pid); }",
        """int it(struct task *p) { struct task *q = p->parent; int a = p->pid, b = q->pid;
           return h(a, b); }""",
    ),
    "macro and inline": (
        "#define HAS(p, x) (((p)->flags & (x)) != 0)\nint it(struct task *p) { return HAS(p, 8); }",
        """static inline bool has(struct task *p, unsigned int x) { return (p->flags & x) != 0; }
           int it(struct task *p) { return has(p, 8); }""",
    ),
    "do while 0": (
        "void it(int a) { do { if (a) break; f(a); } while (0); g(a); }",
        "void it(int a) { if (!a) { f(a); } g(a); }",
    ),
    "guard and gotos": (
        """int it(struct task *p) { int r; lock(&p->lock); r = f(1); if (r) goto out; r = g(2);
           out: unlock(&p->lock); return r; }""",
        """int it(struct task *p) { guard(&p->lock); int r = f(1); if (r) return r;
           return g(2); }""",
    ),
    "cleanup and kfree": (
        """int it(int a) { int r; void *b = kmalloc(8); if (!b) return -ENOMEM; r = f(a);
           if (r) goto bad; r = g(a); bad: kfree(b); return r; }""",
        """int it(int a) { int r; void *b __free(kfree) = kmalloc(8); if (!b) return -ENOMEM;
           r = f(a); if (r) return r; return g(a); }""",
    ),
    "cleanup and a pointer handed on": (
        """void *it(int a) { void *b = kmalloc(8); if (!b) return ERR_PTR(-ENOMEM);
           if (f(a)) { kfree(b); return ERR_PTR(-EINVAL); } return b; }""",
        """void *it(int a) { void *b __free(kfree) = kmalloc(8); if (!b) return ERR_PTR(-ENOMEM);
           if (f(a)) return ERR_PTR(-EINVAL); return no_free_ptr(b); }""",
    ),
    "address of a field": (
        "void it(struct task *p) { p->in.b = 3; f(p->in.a); }",
        "void it(struct task *p) { struct inner *i = &p->in; int *a = &i->a; i->b = 3; f(*a); }",
    ),
    "independent values in another order": (
        "int it(int a, int b) { int x = a * 3, y = b << 2; return h(x, y); }",
        "int it(int a, int b) { int y = b << 2, x = 3 * a; return h(x, y); }",
    ),
    "independent writes in another order": (
        "void it(struct task *p, int a) { p->pid = a; p->flags = 1; p->clock = 0; get(p); }",
        "void it(struct task *p, int a) { p->clock = 0; p->flags = 1; p->pid = a; get(p); }",
    ),
    "compound assignment": (
        "void it(struct task *p) { p->flags |= 4; p->pid += 2; p->clock++; p->small <<= 1; }",
        """void it(struct task *p) { p->flags = p->flags | 4; p->pid = p->pid + 2;
           p->clock = p->clock + 1; p->small = p->small << 1; }""",
    ),
    "constants by another name": (
        "int it(int a) { return a ? -EINVAL : 1 << 4; }",
        "#define SIXTEEN 0x10\nint it(int a) { return a ? -22 : SIXTEEN; }",
    ),
    "ternary and if": (
        "int it(int a) { int x = a > 3 ? f(a) : g(a); return x; }",
        "int it(int a) { int x; if (a <= 3) x = g(a); else x = f(a); return x; }",
    ),
    "forms of null": (
        "int it(struct task *p) { if (p == NULL) return 1; if (p->pid == 0) return 2; return 3; }",
        "int it(struct task *p) { if (!p) return 1; if (!p->pid) return 2; return 3; }",
    ),
    "sizeof": (
        "void it(struct task *p) { memset(p, 0, sizeof(*p)); }",
        "void it(struct task *p) { memset(p, 0, sizeof(struct task)); }",
    ),
    "container_of by hand": (
        "void it(struct list *n) { get(container_of(n, struct task, node)); }",
        """void it(struct list *n) {
           get((struct task *)((char *)n - (unsigned long)&((struct task *)0)->node)); }""",
    ),
    "container_of of a field": (
        "void it(struct task *p) { get(container_of(&p->node, struct task, node)); }",
        "void it(struct task *p) { get(p); }",
    ),
    "dead code": (
        "int it(int a) { return f(a); }",
        "int it(int a) { unused: __attribute__((unused)); return f(a); g(a); return 3; }",
    ),
    "error pointers": (
        "int it(int a) { struct task *p = find(a); if (IS_ERR(p)) return PTR_ERR(p); return 0; }",
        "int it(int a) { return PTR_ERR_OR_ZERO(find(a)); }",
    ),
    "comma and blocks": (
        "void it(int a) { f(a), g(a); }",
        "void it(int a) { { f(a); } { { g(a); } } }",
    ),
    "designated and assigned": (
        "int it(u64 x) { struct args args = { .flags = x, .signal = 17 }; return make(&args); }",
        """int it(u64 x) { struct args args = { .signal = 17 }; args.flags = x;
           return make(&args); }""",
    ),
    "compound literal": (
        "int it(u64 x) { struct args a = { .flags = x }; return make(&a); }",
        "int it(u64 x) { return make(&(struct args){ .flags = x }); }",
    ),
    "structure copied by fields": (
        "void it(struct inner *a, struct inner *b) { *a = *b; f(1); }",
        "void it(struct inner *a, struct inner *b) { int x = b->a; long y = b->b; a->a = x; "
        "a->b = y; f(1); }",
    ),
    "GNU elvis": (
        "int it(int a) { return f(a) ?: g(a); }",
        "int it(int a) { int r = f(a); if (r) return r; return g(a); }",
    ),
    "statement expression": (
        "int it(int a) { return ({ int x = f(a); x + 1; }); }",
        "int it(int a) { int x = f(a); x++; return x; }",
    ),
    "merged exits": (
        """int it(struct task *p, int a) { int r; get(p); r = f(a); if (r) { put(p); return r; }
           r = g(a); if (r) { put(p); return r; } put(p); return 0; }""",
        """int it(struct task *p, int a) { int r; get(p); r = f(a); if (r) goto out; r = g(a);
           out: put(p); return r; }""",
    ),
    "bit tests": (
        "int it(u64 x) { if ((x & 12) == 12) return f(1); return 0; }",
        "int it(u64 x) { if ((x & 8) && (x & 4)) return f(1); return 0; }",
    ),
    "flag with another's help": (
        "int it(u64 x) { if ((x & (4 | 8)) == (4 | 8)) return -EINVAL; return f(x & 3); }",
        "int it(u64 x) { if ((x & 8) && (x & 4)) return -EINVAL; return f(x & 3); }",
    ),
    "unsigned range": (
        "int it(unsigned int x) { return x >= 1 && x <= 8 ? f(1) : 0; }",
        "int it(unsigned int x) { return x - 1 < 8 ? f(1) : 0; }",
    ),
    "same call on both branches": (
        "void it(int a) { if (a) { f(1); g(2); } else { g(2); } }",
        "void it(int a) { if (a) f(1); g(2); }",
    ),
    "variable that is not needed": (
        "int it(int a) { int r = -EINVAL; if (a) r = 0; return r; }",
        "int it(int a) { return a ? 0 : -EINVAL; }",
    ),
    "static array walked": (
        "int it(struct task *p) { int i, s = 0; for (i = 0; i < 4; i++) s += p->array[i]; "
        "return s; }",
        "int it(struct task *p) { int *a = p->array; return a[0] + a[1] + a[2] + a[3]; }",
    ),
    "bit fields": (
        "int it(struct task *p) { p->three = 5; p->one = 1; return p->three; }",
        "int it(struct task *p) { p->one = 1; p->three = 13; return 5; }",
    ),
    "volatile kept": (
        "int it(struct task *p) { int x = READ_ONCE(p->pid); WRITE_ONCE(p->pid, x + 1); "
        "return x; }",
        "int it(struct task *p) { int y; y = READ_ONCE(p->pid); WRITE_ONCE(p->pid, 1 + y); "
        "return y; }",
    ),
    "if for a chosen value that is written": (
        "void it(struct task *p, u64 x) { p->data = (x & 8) ? p->parent : NULL; get(p); }",
        "void it(struct task *p, u64 x) { if (x & 8) p->data = p->parent; else p->data = NULL; "
        "get(p); }",
    ),
    "memset of one field": (
        "void it(struct task *p) { p->parent = NULL; p->in.a = 0; p->in.b = 0; get(p); }",
        "void it(struct task *p) { memset(&p->parent, 0, sizeof(p->parent)); "
        "memset(&p->in, 0, 16); get(p); }",
    ),
    "memset of a local": (
        "int it(u64 x) { struct args a = { .flags = x }; return make(&a); }",
        "int it(u64 x) { struct args a; memset(&a, 0, sizeof(a)); a.flags = x; return make(&a); }",
    ),
    "a field called otherwise": (
        "struct s { int a; int b; }; int it(struct s *p) { struct s q = { .a = 1 }; p->a = f(q.a); "
        "return p->b; }",
        "struct s { int c; int b; }; int it(struct s *p) { struct s q = { .c = 1 }; p->c = f(q.c); "
        "return p->b; }",
    ),
    "local array": (
        "int it(int a) { int x[2] = { a, 3 }; return h(x[0], x[1]); }",
        "int it(int a) { int y[2]; y[1] = 3; y[0] = a; return h(y[0], y[1]); }",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_refactoring_is_proved_the_same(kind):
    judgement = judged(*KINDS[kind])
    assert judgement.verdict == SAME, judgement
