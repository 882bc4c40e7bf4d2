------------------------------ MODULE Accounts ------------------------------
(* N tasks of three users under RLIMIT_NPROC: 0 free, 1..3 alive, 4..6 zombie.
   With S > 0 the S-th set*uid() moves no charge. *)
EXTENDS Naturals, FiniteSets
CONSTANTS N, L, S
VARIABLES slot, count, calls

Slots == 1..N
Users == 0..2
Alive(k) == slot[k] \in 1..3
Free == {k \in Slots : slot[k] = 0}
First == CHOOSE k \in Free : \A other \in Free : k <= other

Init == /\ slot = [k \in Slots |-> IF k = 1 THEN 1 ELSE 0]
        /\ count = [u \in Users |-> IF u = 0 THEN 1 ELSE 0]
        /\ calls = 0

Fork(k) == /\ Alive(k)
           /\ Free # {}
           /\ slot[k] = 1 \/ count[slot[k] - 1] < L
           /\ slot' = [slot EXCEPT ![First] = slot[k]]
           /\ count' = [count EXCEPT ![slot[k] - 1] = @ + 1]
           /\ UNCHANGED calls

Exit(k) == /\ Alive(k)
           /\ slot' = [slot EXCEPT ![k] = @ + 3]
           /\ UNCHANGED <<count, calls>>

Reap(k) == /\ slot[k] >= 4
           /\ slot' = [slot EXCEPT ![k] = 0]
           /\ count' = [count EXCEPT ![slot[k] - 4] = @ - 1]
           /\ UNCHANGED calls

SetUid(k, v) == /\ slot[k] = 1
                /\ slot' = [slot EXCEPT ![k] = v + 1]
                /\ count' = IF calls + 1 = S THEN count
                             ELSE [count EXCEPT ![0] = @ - 1, ![v] = @ + 1]
                /\ calls' = IF calls < S THEN calls + 1 ELSE calls

Next == \E k \in Slots : Fork(k) \/ Exit(k) \/ Reap(k) \/ SetUid(k, 1) \/ SetUid(k, 2)

Conserved == \A u \in Users : count[u] = Cardinality({k \in Slots : slot[k] \in {u + 1, u + 4}})
=============================================================================
