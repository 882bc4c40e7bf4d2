/* Functions of two numbers, read and compiled: see test_run.py. */
typedef unsigned char u8; typedef unsigned int u32; typedef unsigned long u64; typedef long s64;
struct p { int x; short y; };
struct s { int a; struct { u8 b[3]; unsigned c : 3; int d : 4; _Bool e : 1; };
	union { u64 u; struct { u8 v, w; }; }; struct p p[2]; };
enum e { ONE = 1, LAST = 9 };
static s64 sum(struct s *q)
{
	s64 r = q->a;
	for (int i = 0; i < 3; i++) r = r * 7 + q->b[i];
	r = r * 7 + q->c; r = r * 7 + q->d; r = r * 7 + q->e; r = r * 7 + (s64)q->u;
	for (int i = 0; i < 2; i++) r = r * 31 + q->p[i].x * 3 + q->p[i].y; return r; }
static void twice(s64 *n) { *n = *n * 2 + 1; }
static inline int up(int *n) { return ++*n; }

s64 promotions(s64 a, s64 b)
{
	u8 c = a;
	short h = b;
	return (c + h) * (char)a - (c << 3) + (h >> 1) + ~c;
}

s64 signs(s64 a, s64 b)
{
	int i = a;
	u32 u = b;
	return (i < u) + 2 * (i < (int)u) + 4 * ((s64)i < u) + (-1 > u);
}

s64 divisions(s64 a, s64 b)
{
	int i = a, d = (b & 15) + 1;
	u32 u = a;
	return i / d + i % d * 3 + u / d + u % d;
}

s64 shifts(s64 a, s64 b)
{
	int n = b & 31;
	return ((int)a >> n) + ((u32)a >> n) + ((u64)a << (b & 63));
}

s64 bit_fields(s64 a, s64 b)
{
	struct s q = { .c = a, .d = b, .e = a & 6 };
	q.c += b;
	q.d--;
	q.e |= a;
	return sum(&q);
}

s64 bit_field_values(s64 a, s64 b)
{
	struct s q = { 0 };
	return (q.c = a) + 10 * (q.d = b) + 100 * (q.e = a);
}

s64 unions(s64 a, s64 b)
{
	struct s q = { .u = a };
	q.v = b;
	q.w += q.v;
	return sum(&q) + q.u;
}

s64 lists(s64 a, s64 b)
{
	struct s q = { a, { b, 2, 3 }, .c = 5, .p = { 1, 2, a } };
	return sum(&q);
}

s64 left_out_braces(s64 a, s64 b)
{
	struct s q = { a, 1, b, 3, 4, 5, 1, a, b, 6, 7, 8 };
	return sum(&q);
}

s64 nested_designators(s64 a, s64 b)
{
	struct s q = { .p[1].y = a, .b[2] = b, .u = 9, .c = 2 };
	return sum(&q);
}

s64 one_over_another(s64 a, s64 b)
{
	struct s q = { .a = a, .p = { { 1, 2 } }, .p[0].x = b, .a = 4 };
	return sum(&q);
}

s64 copies(s64 a, s64 b)
{
	struct s q = { .a = a }, r = q;
	r.p[1] = (struct p){ .y = b };
	q = r;
	return sum(&q);
}

s64 compound_literals(s64 a, s64 b)
{
	return sum(&(struct s){ .a = a, .u = b }) + ((struct p){ a, b }).y;
}

s64 arrays(s64 a, s64 b)
{
	int t[] = { [2] = a, b, [0] = 4 };
	s64 r = 0;
	for (int i = 0; i < 4; i++) r = r * 5 + t[i];
	return r + sizeof(t);
}

s64 ranges(s64 a, s64 b)
{
	int t[8] = { [1 ... 5] = a, [3] = b };
	s64 r = 0;
	for (int i = 8; i--;) r = r * 5 + t[i];
	return r;
}

s64 pointers(s64 a, s64 b)
{
	int t[4] = { a, b, 3, 4 }, *p = t + 3, *q = &t[1];
	return (p - q) * 100 + *(q + 1) + p[-3] + *q++ + *q;
}

s64 switches(s64 a, s64 b)
{
	switch ((int)(a & 15)) { case 0: b++; case 1 ... 3: b *= 3; break; case LAST: return b; default: b = -b; } return b;
}

s64 jumps(s64 a, s64 b)
{
	s64 r = 0;
	again: if (r++ < (a & 7)) goto again;
	if (b & 1) goto out;
	r = -r;
	out: return r;
}

s64 loops(s64 a, s64 b)
{
	s64 r = 0;
	for (int i = 0;; i++) { if (i == (a & 7)) continue; if (i > 9) break; r = r * 3 + i; } return r;
}

s64 do_once(s64 a, s64 b)
{
	s64 r = a;
	do { if (b & 1) break; r++; } while (0);
	do r--;
	while (r > 0 && r & 3);
	return r;
}

s64 short_cuts(s64 a, s64 b)
{
	int n = a;
	return (up(&n) && (b & 1) || up(&n) > 0) * 1000 + n;
}

s64 elvis(s64 a, s64 b)
{
	int n = b;
	return (a & 1 ?: up(&n)) + n + ((int)a ?: (s64)b);
}

s64 commas(s64 a, s64 b)
{
	int n = a;
	return (n++, n += 2, n * 2) + (u8)(n, b);
}

s64 statement_expressions(s64 a, s64 b)
{
	return ({ int n = a; n > 3 ? n : ({ int m = b; m + 1; }); }) + 1;
}

s64 cleanups(s64 a, s64 b)
{
	s64 n = a;
	{ s64 m __attribute__((cleanup(twice))) = b; n += m; } return n;
}

s64 conversions(s64 a, s64 b)
{
	return (u8)a + (_Bool)(b & 4) + (short)(a ^ b) + (u32)-1 + (enum e)LAST + (s64)(int)b;
}

s64 compound(s64 a, s64 b)
{
	short h = a;
	u8 c = b;
	h += c;
	h <<= 3;
	c -= h;
	h |= c;
	c >>= 1;
	h ^= -1;
	c *= 7;
	return h * 256 + c;
}

s64 conditions(s64 a, s64 b)
{
	return a > b ? (u32)a : (int)b;
}

s64 sizes(s64 a, s64 b)
{
	struct s q;
	return sizeof(q) * a + __builtin_offsetof(struct s, p[a & 1].y) + sizeof(q.b) + _Alignof(struct p);
}

s64 characters(s64 a, s64 b)
{
	return '\n' * a + sizeof("abc") + '\377' + (u8)'\377';
}

s64 statics(s64 a, s64 b)
{
	static const int t[3] = { 3, 4, 5 };
	return b + (a & 1) * sizeof(t);
}
