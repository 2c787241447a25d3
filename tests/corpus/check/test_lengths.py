"""Lengths: outliers are found whatever the languages, chance is not, and counts add up."""

import pickle
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.check.lengths import (
    LengthProfile,
    LengthStatistics,
    find_length_faults,
    learn_lengths,
)
from nmt.corpus.sentence_pair import SentencePair

NO_RATIO = LengthProfile(None)


def corpus(factor: float, noise: float, count: int = 2000) -> list[SentencePair]:
    """Pairs whose target is about so many times as long as the source."""
    chooser = random.Random(1)
    pairs = []
    for number in range(1, count + 1):
        length = chooser.randint(5, 200)
        other = max(1, round(length * factor * chooser.lognormvariate(0, noise)))
        pairs.append(SentencePair("s" * length, "t" * other, number))
    return pairs


@pytest.mark.parametrize("factor", [0.3, 1.0, 3.5])
def test_normal_noise_is_clean_and_an_outlier_is_not(factor: float) -> None:
    pairs = corpus(factor, 0.15)
    profile = learn_lengths(pairs, ("de", "en"))
    assert not any(f.kind == "length_ratio" for p in pairs for f in find_length_faults(p, profile))
    usual = round(90 * factor)
    for length, reason in ((6 * usual, "target_too_long"), (usual // 6, "source_too_long")):
        outlier = SentencePair("s" * 90, ("t " * length)[: length - 1] + "t", 1)
        (finding,) = find_length_faults(outlier, profile)
        assert (finding.kind, finding.reason) == ("length_ratio", reason)
        assert finding.side == reason.removesuffix("_too_long")


def test_a_bare_number_may_stand_for_many_words() -> None:
    profile = learn_lengths(corpus(1.0, 0.15), (None, None))
    number, word = SentencePair("nine " * 9, "99", 1), SentencePair("nine " * 9, "no", 1)
    assert find_length_faults(number, profile) == []
    assert find_length_faults(word, profile) != []


def test_outliers_in_the_sample_do_not_move_the_profile() -> None:
    pairs = corpus(1.2, 0.15)
    spoiled = [p._replace(target=p.target * 9) if p.line % 10 == 0 else p for p in pairs]
    clean, dirty = (learn_lengths(sample, (None, None)) for sample in (pairs, spoiled))
    assert clean.middle is not None and dirty.middle is not None
    assert abs(clean.middle - dirty.middle) < 0.05


@pytest.mark.parametrize("count", [0, 1, 50])
def test_a_small_sample_judges_no_ratio(count: int) -> None:
    profile = learn_lengths(corpus(1.0, 0.1, count), (None, None))
    assert profile == NO_RATIO
    assert find_length_faults(SentencePair("one two", "t " * 500, 1), profile) == []


def test_equal_ratios_everywhere_can_be_learnt() -> None:
    pairs = [SentencePair("abc", "abcdef", n) for n in range(500)]
    assert find_length_faults(pairs[0], learn_lengths(pairs, (None, None))) == []


def test_a_profile_goes_to_other_processes() -> None:
    profile = learn_lengths(corpus(1.0, 0.1), (None, None))
    assert pickle.loads(pickle.dumps(profile)) == profile


@pytest.mark.parametrize(
    ("target", "reason"),
    [("word " * 1000, "long_line"), ("x" * 200, "long_word"), ("... !", "no_letters")],
)
def test_lines_that_are_no_sentence_are_found(target: str, reason: str) -> None:
    (finding,) = find_length_faults(SentencePair("a sentence", target, 1), NO_RATIO)
    assert (finding.kind, finding.reason, finding.side) == ("length", reason, "target")


def test_long_lines_of_unspaced_scripts_are_no_long_words() -> None:
    assert find_length_faults(SentencePair("本" * 300, "本" * 300, 1), NO_RATIO) == []


PAIRS = st.lists(st.builds(SentencePair, st.text(max_size=60), st.text(max_size=60), st.just(1)))


@given(PAIRS, PAIRS)
def test_counts_of_parts_add_up_to_those_of_the_whole(
    one: list[SentencePair], two: list[SentencePair]
) -> None:
    whole, part, other = LengthStatistics(), LengthStatistics(), LengthStatistics()
    whole.add(one + two)
    part.add(one)
    other.add(two)
    part.merge(other)
    for name in ("source", "target", "ratio"):
        assert np.array_equal(getattr(part, name), getattr(whole, name))
    assert whole.source.sum() == whole.target.sum() == len(one + two)
    assert whole.ratio.sum() == sum(bool(p.source and p.target) for p in one + two)


def test_lengths_beyond_the_last_bin_are_in_it() -> None:
    statistics = LengthStatistics()
    statistics.add([SentencePair("s" * 10_000, "t", 1)])
    assert statistics.source[-1] == statistics.target[1] == statistics.ratio[0] == 1
