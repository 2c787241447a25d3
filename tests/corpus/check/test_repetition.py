"""The survey of repetitions finds what a naive one in memory finds."""

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nmt.corpus.check.repetition import Repetition, RepetitionSurvey
from nmt.corpus.check.sentence_keys import skeleton
from nmt.corpus.sentence_pair import SentencePair

Texts = list[tuple[str, str]]
LONG = "The committee that met in the old town hall wanted {} more chairs for {} guests."


def pairs_of(texts: Texts) -> list[SentencePair]:
    return [SentencePair(source, target, row + 1) for row, (source, target) in enumerate(texts)]


def naive(texts: Texts) -> tuple[list[tuple[int, int]], list[tuple[int, int]], list[int]]:
    """Exact repeats, the other normalized ones, each with what it repeats, and the rows kept."""
    exact, normalized, kept = [], [], []
    firsts: dict[tuple[str, str], int] = {}
    skeletons: dict[tuple[str, str], int] = {}
    for row, (source, target) in enumerate(texts):
        if not source.strip() or not target.strip():
            kept.append(row)
            continue
        bare = (skeleton(source), skeleton(target))
        if (source, target) in firsts:
            exact.append((row, firsts[source, target]))
        elif bare in skeletons:
            normalized.append((row, skeletons[bare]))
        else:
            kept.append(row)
        firsts.setdefault((source, target), row)
        skeletons.setdefault(bare, row)
    return exact, normalized, kept


def naive_variety(texts: Texts, side: int) -> tuple[int, int, int]:
    """How many sentences of a side have several counterparts, in how many pairs, and the most."""
    others = defaultdict(set)
    for pair in texts:
        if pair[0].strip() and pair[1].strip():
            others[skeleton(pair[side])].add(skeleton(pair[1 - side]))
    sizes = [len(some) for some in others.values() if len(some) > 1]
    return len(sizes), sum(sizes), max(sizes, default=0)


sentence = st.sampled_from(
    ["Yes.", "yes", "Yes!", "No.", "no", "", " ", "Go", LONG.format(3, 4), LONG.format(5, 6)]
)


@settings(deadline=None)
@given(st.lists(st.tuples(sentence, sentence), max_size=60), st.integers(1, 20), st.integers(1, 30))
def test_the_survey_agrees_with_a_naive_one(texts: Texts, chunk: int, in_memory: int) -> None:
    exact, normalized, kept = naive(texts)
    pairs = pairs_of(texts)
    with TemporaryDirectory() as name:
        with RepetitionSurvey(Path(name), in_memory) as survey:
            for start in range(0, len(pairs), chunk):
                survey.add(pairs[start : start + chunk], start)
            found = survey.finish()
            assert found.pairs == len(texts)
            assert list(found.exact) == exact
            assert list(found.normalized) == normalized
            assert found.kept == len(kept)
            assert {row for row, _ in found.near} <= set(kept)
            for variety, side in ((found.sources, 0), (found.targets, 1)):
                counts = (variety.sentences, variety.pairs, variety.most)
                assert counts == naive_variety(texts, side)
                assert len(variety.rows) == min(5, variety.most)
                assert set(variety.rows) <= set(kept)
                assert len({skeleton(texts[row][side]) for row in variety.rows}) <= 1
                assert list(variety.rows) == sorted(set(variety.rows))
        assert list(Path(name).iterdir()) == []


def test_a_line_that_fills_the_corpus_is_rejected_but_once(tmp_path: Path) -> None:
    texts = [("Ja.", "Yes.")] * 5000 + [("Nein.", "No.")]
    with RepetitionSurvey(tmp_path, 500) as survey:
        survey.add(pairs_of(texts), 0)
        found = survey.finish()
        assert (found.kept, found.exact.count) == (2, 4999)
        assert list(found.exact) == [(row, 0) for row in range(1, 5000)]


def test_a_side_that_never_changes_is_one_sentence_with_many_others(tmp_path: Path) -> None:
    texts = [("OK", f"Satz {row}") for row in range(3000)]
    with RepetitionSurvey(tmp_path, 500) as survey:
        survey.add(pairs_of(texts), 0)
        found = survey.finish()
        assert found.kept == 3000
        assert (found.sources.sentences, found.sources.most) == (1, 3000)
        assert found.targets.sentences == 0


def test_pairs_that_differ_in_a_number_are_near_and_kept(tmp_path: Path) -> None:
    texts = [(LONG.format(3, 4), LONG.format(3, 4)), (LONG.format(5, 6), LONG.format(5, 6))]
    with RepetitionSurvey(tmp_path) as survey:
        survey.add(pairs_of(texts), 0)
        found = survey.finish()
        assert list(found.near) == [(1, 0)]
        assert found.kept == 2


def test_rows_go_on_through_several_corpora(tmp_path: Path) -> None:
    with RepetitionSurvey(tmp_path) as survey:
        survey.add(pairs_of([("Ja.", "Yes."), ("Nein.", "No.")]), 0)
        survey.add(pairs_of([("Nein.", "No.")]), 1000)  # another corpus, numbered from 1,000
        found = survey.finish()
        assert list(found.exact) == [(1000, 1)]
        assert found.pairs == 3


def test_an_empty_corpus_repeats_nothing(tmp_path: Path) -> None:
    with RepetitionSurvey(tmp_path) as survey:
        found = survey.finish()
        assert (found.pairs, found.kept, found.exact.count, found.near.count) == (0, 0, 0, 0)
        assert found.sources.sentences == found.targets.most == 0


def test_nothing_is_left_after_an_exception(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), RepetitionSurvey(tmp_path, 2) as survey:
        survey.add(pairs_of([("Ja.", "Yes.")] * 10), 0)
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def survey_file(tmp_path: Path, source: Path, target: Path) -> Repetition:
    lines = [path.read_text(encoding="utf-8").split("\n")[:-1] for path in (source, target)]
    with RepetitionSurvey(tmp_path) as survey:
        survey.add(pairs_of(list(zip(*lines, strict=True))), 0)
        return survey.finish()


def test_counts_of_a_real_corpus(corpora: Path, tmp_path: Path) -> None:
    folder = corpora / "multi30k"
    found = survey_file(tmp_path, folder / "train.de", folder / "train.en")
    assert (found.exact.count, found.normalized.count, found.kept) == (3, 2, 28995)
    assert found.near.count <= 3  # no templates there
