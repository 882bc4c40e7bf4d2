/* N tasks of three users under RLIMIT_NPROC: 0 free, 1..3 alive, 4..6 zombie.
 * Every step is one d_step, so that Spin stores the states that the others count.
 * With S > 0 the S-th set*uid() moves no charge. */
#ifndef N
#define N 3
#endif
#ifndef L
#define L 2
#endif
#ifndef S
#define S 0
#endif

byte slot[N];
byte count[3];
byte calls;
byte j, u, seen;

inline first_free() {
  j = 0;
  do
  :: j < N && slot[j] != 0 -> j++
  :: else -> break
  od
}

inline forget() { j = 0; u = 0; seen = 0 }

inline check() {
  u = 0;
  do
  :: u < 3 ->
     j = 0; seen = 0;
     do
     :: j < N ->
        if :: slot[j] == u + 1 || slot[j] == u + 4 -> seen++ :: else fi;
        j++
     :: else -> break
     od;
     assert(count[u] == seen);
     u++
  :: else -> break
  od
}

inline moves_the_charge(v) {
  if
  :: calls + 1 == S -> calls++
  :: else ->
     count[0]--; count[v]++;
     if :: calls + 1 < S -> calls++ :: else fi
  fi
}

#define ALIVE(k) (slot[k] >= 1 && slot[k] <= 3)

#define FORK(k) \
  :: d_step { ALIVE(k) && (slot[k] == 1 || count[slot[k] - 1] < L) -> first_free(); \
     if :: j < N -> slot[j] = slot[k]; count[slot[k] - 1]++ :: else fi; check(); forget() }
#define EXIT(k) \
  :: d_step { ALIVE(k) -> slot[k] = slot[k] + 3; check(); forget() }
#define REAP(k) \
  :: d_step { slot[k] >= 4 -> count[slot[k] - 4]--; slot[k] = 0; check(); forget() }
#define SETUID(k, v) \
  :: d_step { slot[k] == 1 -> moves_the_charge(v); slot[k] = v + 1; check(); forget() }
#define TASK(k) FORK(k) EXIT(k) REAP(k) SETUID(k, 1) SETUID(k, 2)

init {
  d_step { slot[0] = 1; count[0] = 1 };
  do
  TASK(0)
#if N > 1
  TASK(1)
#endif
#if N > 2
  TASK(2)
#endif
#if N > 3
  TASK(3)
#endif
#if N > 4
  TASK(4)
#endif
#if N > 5
  TASK(5)
#endif
#if N > 6
  TASK(6)
#endif
#if N > 7
  TASK(7)
#endif
  od
}
