"""A pair is a tuple of source, target and line."""

import pickle

from nmt.corpus.sentence_pair import Line, SentencePair, aligned_pair, alignment_of


def test_a_pair_and_a_line_unpack_in_the_order_of_their_names() -> None:
    source, target, line = SentencePair("Hund", "dog", 3)
    assert (source, target, line) == ("Hund", "dog", 3)
    text, number = Line("Hund", 3)
    assert (text, number) == ("Hund", 3)


def test_an_aligned_pair_is_a_pair_like_others_and_travels_with_its_alignment() -> None:
    plain = SentencePair("Hund", "dog", 3)
    pair = aligned_pair(plain, "0-0")
    assert pair == plain and pair.target == "dog"
    assert (alignment_of(pair), alignment_of(plain)) == ("0-0", "")
    assert alignment_of(pickle.loads(pickle.dumps(pair))) == "0-0"
