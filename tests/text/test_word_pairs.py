"""A dictionary from a corpus: few words, but right ones, written as usual."""

import random
from pathlib import Path

from nmt.text.word_pairs import FEWEST, learn_word_pairs

LEXICON = {
    "rot": "red", "Haus": "house", "Baum": "tree", "Katze": "cat", "klein": "small", "ist": "is",
    "Vögel": "birds", "Tür": "door", "Brot": "bread", "heute": "today", "ich": "I", "und": "and",
}  # fmt: skip


def sentences(count: int) -> list[tuple[str, str]]:
    chooser = random.Random(1)
    rows = [chooser.choices(list(LEXICON), k=chooser.randint(3, 6)) for _ in range(count)]
    return [(" ".join(row), " ".join(LEXICON[word] for word in row)) for row in rows]


def test_words_find_their_translations_with_their_capitals() -> None:
    assert dict(learn_word_pairs(sentences(500))) == LEXICON


def test_the_same_pairs_give_the_same_dictionary() -> None:
    assert learn_word_pairs(sentences(300)) == learn_word_pairs(sentences(300))


def test_words_that_always_come_together_are_left_out() -> None:
    pairs = sentences(300)
    pairs += [(f"{s} Wohnzimmer", f"{t} living room") for s, t in pairs[:20]]
    pairs += [(f"{s} Zug", f"{t} train") for s, t in pairs[20:40]]
    found = dict(learn_word_pairs(pairs))
    assert found["Zug"] == "train"
    assert "Wohnzimmer" not in found and not {"living", "room"} & set(found.values())


def test_a_word_must_be_seen_several_times() -> None:
    for times in (FEWEST - 1, FEWEST):
        pairs = [*sentences(100), *[("das Pferd", "the horse")] * times]
        pairs += [("das", "the")] * 60
        assert (dict(learn_word_pairs(pairs)).get("Pferd") == "horse") == (times == FEWEST)


def test_scripts_without_spaces_and_empty_text_have_no_words() -> None:
    assert learn_word_pairs([]) == learn_word_pairs([("", ""), ("1 2", "3")] * 9) == []
    assert learn_word_pairs([("本", "book"), ("私は", "I am")] * 20) == []


def test_on_real_text_well_known_words_are_right(corpora: Path) -> None:
    sides = []
    for language in ("de", "en"):
        text = (corpora / "multi30k" / f"train.{language}").read_text(encoding="utf-8")
        sides.append(text.split("\n")[:5000])
    found = learn_word_pairs(list(zip(*sides, strict=True)))
    known = {
        "Hund": "dog", "Mann": "man", "Mädchen": "girl", "Straße": "street", "Wasser": "water",
        "drei": "three", "rot": "red", "Kamera": "camera", "Hut": "hat", "Pferd": "horse",
    }  # fmt: skip
    assert len(found) > 100
    right = [known[source] == target for source, target in found if source in known]
    assert len(right) >= 5 and all(right)


def test_a_word_keeps_its_marks() -> None:
    lexicon = {"दिल्ली": "Ọjọ́rú", "सड़क": "gbẹ́ni", "नदी": "river", "पानी": "water", "क\u200dष": "way"}
    chooser = random.Random(2)
    rows = [chooser.choices(list(lexicon), k=chooser.randint(2, 4)) for _ in range(300)]
    pairs = [(" ".join(row), " ".join(lexicon[word] for word in row)) for row in rows]
    assert dict(learn_word_pairs(pairs)) == lexicon
