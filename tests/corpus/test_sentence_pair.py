"""A pair is a tuple of source, target and line."""

from nmt.corpus.sentence_pair import Line, SentencePair


def test_a_pair_and_a_line_unpack_in_the_order_of_their_names() -> None:
    source, target, line = SentencePair("Hund", "dog", 3)
    assert (source, target, line) == ("Hund", "dog", 3)
    text, number = Line("Hund", 3)
    assert (text, number) == ("Hund", 3)
