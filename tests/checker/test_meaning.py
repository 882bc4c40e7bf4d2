"""Words by meaning: stems, what means the same, and what is rare weighs more."""

from __future__ import annotations

from checker.ground.meaning import near, terms


def test_what_means_the_same_is_one_word() -> None:
    assert terms("execve()") == terms("executing") == terms("exec")
    assert terms("unshare CLONE_NEWPID") == terms("the pid namespace aside")[::-1]
    assert terms("user_namespaces") == terms("a user namespace")


def test_idle_words_say_nothing() -> None:
    assert terms("what is it that was to be") == []


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    texts = {f"t{i}": [(1, "a task forks")] for i in range(9)} | {"kvm": [(1, "KVM_RUN forks")]}
    assert near("fork in KVM_RUN", texts)[0][0] == "kvm"


def test_what_shares_nothing_is_left_out() -> None:
    assert near("zebra", {"one": [(1, "a task")]}) == []
