"""Links of words become links of all their tokens, and an even attention to these."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nmt.corpus.token_links import attention_of_links, token_links

LENGTHS = st.lists(st.integers(0, 3), min_size=1, max_size=5)
PAIR = st.tuples(LENGTHS, LENGTHS).flatmap(
    lambda sides: st.tuples(
        st.just(sides),
        st.lists(st.tuples(*(st.integers(0, len(side) - 1) for side in sides)), max_size=8),
    )
)


@given(pairs=st.lists(PAIR, min_size=1, max_size=4))
def test_each_token_attends_evenly_to_all_tokens_of_all_its_words(
    pairs: list[tuple[tuple[list[int], list[int]], list[tuple[int, int]]]],
) -> None:
    kept, expected = [], np.zeros((len(pairs), 16, 16))
    for row, (sides, links) in enumerate(pairs):
        spans, owners = [], []
        for lengths in sides:
            ends = np.cumsum(lengths).tolist()
            spans.append([(end - n, end) for end, n in zip(ends, lengths, strict=True)])
            owners.append([word for word, n in enumerate(lengths) for _ in range(n)])
        kept.append(np.array(token_links(" ".join(f"{i}-{j}" for i, j in links), *spans)))
        for t, word in enumerate(owners[1]):
            attended = [s for s, other in enumerate(owners[0]) if (other, word) in links]
            for s in attended:
                expected[row, t, s] = 1 / len(attended)
    attention = attention_of_links([k.astype(np.uint16) for k in kept], (len(pairs), 16, 16))
    np.testing.assert_allclose(attention.numpy(), expected, rtol=1e-6)


def test_four_numbers_are_kept_of_a_link_of_words() -> None:
    words = [(0, 7), (7, 7), (7, 9)]
    assert token_links("0-2 0-2 1-0", words, words) == [0, 7, 7, 9]
    assert token_links("", words, words) == []


def test_a_token_of_two_words_attends_to_what_both_are_linked_to() -> None:
    links = token_links("0-0 2-1", [(0, 1), (1, 2), (2, 3)], [(0, 1), (0, 1)])
    attention = attention_of_links([np.array(links)], (1, 2, 4))
    assert attention.tolist() == [[[0.5, 0, 0.5, 0], [0, 0, 0, 0]]]
