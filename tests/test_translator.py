"""Texts in, translations out: as many, in order, and each by itself.

The model is a real one in real files. It learns in seconds to translate a toy language word for
word, with the words of each sentence in reverse.
"""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nmt.config import Config
from nmt.corpus.batches import collate
from nmt.errors import ConfigError, ModelError
from nmt.model_directory import WEIGHTS_FILE, build_model, save_description, save_weights
from nmt.settings import DataSettings, ModelSettings, SearchSettings, TokenizerSettings
from nmt.text.splitting import split_text
from nmt.text.tokenizer import train_tokenizer
from nmt.text.tokenizers import Tokenizers
from nmt.text.vocabulary import PAD
from nmt.translator import Translation, Translator, check_device, load

LEXICON = {
    "eins": "one", "zwei": "two", "drei": "three", "rot": "red", "blau": "blue", "grün": "green",
    "Haus": "house", "Baum": "tree", "Katze": "cat", "Vögel": "birds", "Tür": "door", ".": "."
}  # fmt: skip
MAX_LENGTH = 24  # tokens of a source
CONFIG = Config(
    data=DataSettings(max_length=MAX_LENGTH),
    tokenizer=TokenizerSettings(vocabulary_size=80),
    model=ModelSettings(
        embedding_size=32,
        hidden_size=64,
        attention_heads=2,
        decoder_layers=1,
        dropout=0.0,
        embedding_dropout=0.0,
    ),
    search=SearchSettings(beam_size=2, length_penalty=0.5),
)


def toy_pairs(count: int, seed: int) -> list[tuple[str, str]]:
    """Sentences of 1 to 7 words and their translations."""
    chooser, pairs = random.Random(seed), []
    for _ in range(count):
        words = chooser.choices(list(LEXICON), k=chooser.randint(1, 7))
        pairs.append((" ".join(words), " ".join(LEXICON[word] for word in reversed(words))))
    return pairs


def make_tokenizers(pairs: list[tuple[str, str]]) -> Tokenizers:
    lines = [line for pair in pairs for line in pair]
    tokenizer = train_tokenizer(lines, CONFIG.tokenizer, pairs=len(pairs))
    return Tokenizers(tokenizer, tokenizer)


def train_model(folder: Path, tokenizers: Tokenizers, *, seed: int, steps: int) -> Path:
    """A model directory, after so many steps on the toy language."""
    torch.manual_seed(seed)
    model = build_model(CONFIG, tokenizers).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for step in range(steps):
        pairs = toy_pairs(48, seed=1000 * seed + step)
        sides = [tokenizers.source.encode(side) for side in zip(*pairs, strict=True)]
        batch = collate(*sides)
        logits = model(batch.source, batch.source_lengths, batch.target_input)
        loss = F.cross_entropy(
            logits.flatten(0, 1), batch.target_output.flatten(), ignore_index=PAD
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    folder.mkdir()
    save_description(folder, CONFIG, tokenizers)
    save_weights(folder / WEIGHTS_FILE, model)
    return folder


@pytest.fixture(scope="module")
def tokenizers() -> Tokenizers:
    return make_tokenizers(toy_pairs(200, seed=1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tokenizers: Tokenizers) -> Path:
    return train_model(tmp_path_factory.mktemp("models") / "one", tokenizers, seed=1, steps=200)


@pytest.fixture(scope="module")
def other_folder(tmp_path_factory: pytest.TempPathFactory, tokenizers: Tokenizers) -> Path:
    """Another model with the same tokenizer, that has learned little."""
    return train_model(tmp_path_factory.mktemp("models") / "two", tokenizers, seed=2, steps=20)


@pytest.fixture(scope="module")
def translator(folder: Path) -> Translator:
    return load(folder)


KNOWN = [source for source, _ in toy_pairs(66, seed=7)]


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """80 lines of all lengths, the empty, the unknown, the odd and the too long among them."""
    lines = [*KNOWN]
    lines += ["", "   ", "\u2028", "xyz", "东京", "zwei\tKatze", "drei\u00a0\u2028Vögel", "ROT\r"]
    lines += ["Haus " * 30, "eins zwei . " * 12, "Hausrot" * 12, "Baum", "", "rot " * MAX_LENGTH]
    random.Random(1).shuffle(lines)
    return lines


def written(translations: list[Translation]) -> list[str]:
    return [translation.text for translation in translations]


def test_the_toy_language_is_learned(translator: Translator) -> None:
    """Else the other tests would be about noise."""
    pairs = toy_pairs(60, seed=99)
    found = written(translator.translate([source for source, _ in pairs]))
    assert sum(text == target for text, (_, target) in zip(found, pairs, strict=True)) > 50


# --- as many out as in, each by itself ---


def test_every_text_has_its_translation_in_its_place(
    translator: Translator, texts: list[str]
) -> None:
    found = translator.translate(texts)
    assert len(found) == len(texts)
    for text, translation in zip(texts, found, strict=True):
        assert translation.source == text
        assert "\n" not in translation.text
        assert text.split() or translation.text == ""
        assert text not in KNOWN or translation.text  # of what it knows nothing it may say nothing
    order = random.Random(2).sample(range(len(texts)), len(texts))
    shuffled = translator.translate([texts[number] for number in order])
    assert written(shuffled) == [found[number].text for number in order]


@pytest.mark.parametrize("beam_size", [1, 5])
def test_the_batch_size_changes_nothing(
    translator: Translator, texts: list[str], beam_size: int
) -> None:
    one, seven, all_at_once = (
        translator.translate(texts, beam_size=beam_size, n_best=beam_size, batch_size=size)
        for size in (1, 7, 64)
    )
    assert written(one) == written(seven) == written(all_at_once)
    for alone, together in zip(one, all_at_once, strict=True):
        assert alone.score == pytest.approx(together.score, abs=1e-4)


@pytest.mark.parametrize("text", ["", " ", "\t\u2028\u00a0 \r"])
def test_an_empty_text_stays_empty(translator: Translator, text: str) -> None:
    (translation,) = translator.translate([text])
    assert (translation.source, translation.text, translation.score) == (text, "", 0.0)
    assert translation.alternatives[0].text == ""
    assert translation.alignment == []
    assert translation.warning is None


def test_texts_may_come_from_anywhere(translator: Translator) -> None:
    texts = ["zwei Katze", "rot Haus"]
    assert translator.translate([]) == []
    assert written(translator.translate(iter(texts))) == written(translator.translate(texts))


# --- texts that are too long ---


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("eins zwei Katze . " * 12, id="sentences"),
        pytest.param("Haus " * 60, id="words"),
        pytest.param("Hausrot" * 12, id="characters"),
        pytest.param("rot . " + "Baum " * 40 + "Tür" * 20 + " . blau", id="all"),
    ],
)
def test_a_text_that_is_too_long_is_translated_in_parts(
    translator: Translator, tokenizers: Tokenizers, text: str
) -> None:
    line = " ".join(text.split())

    def fits(part: str) -> bool:
        return len(tokenizers.source.encode([part])[0]) <= MAX_LENGTH

    parts = split_text(line, fits)
    assert "".join(parts).replace(" ", "") == line.replace(" ", "")
    before, found, after = translator.translate(["Baum", text, "Tür"], n_best=2)
    assert found.text == " ".join(filter(None, written(translator.translate(parts))))
    assert found.warning is not None
    assert f"the {MAX_LENGTH} that" in found.warning
    assert f"in {len(parts)} parts" in found.warning
    assert found.source == text
    assert len(found.alternatives) == 2
    assert found.alignment == []
    assert before.warning is None and after.warning is None


def test_each_part_of_a_long_text_has_its_tag(folder: Path) -> None:
    """Any token of the toy language will do for a tag."""
    tagged, plain = load(folder), load(folder)
    tagged.tags = frozenset(["Haus"])
    text = "eins zwei Katze . " * 8
    (found,) = tagged.translate(tagged.tagged([text], "Haus"))
    assert found.warning is not None
    encode = plain.models[0].tokenizers.source.encode
    parts = split_text(
        " ".join(text.split()), lambda part: len(encode([f"Haus {part}"])[0]) <= MAX_LENGTH
    )
    assert len(parts) > 1
    wanted = written(plain.translate([f"Haus {part}" for part in parts]))
    assert found.text == " ".join(wanted)


def test_a_tag_without_text_stays_empty(folder: Path) -> None:
    tagged = load(folder)
    tagged.tags = frozenset(["Haus"])
    assert written(tagged.translate(["Haus", " Haus ", ""])) == ["", "", ""]


def test_the_longest_text_that_fits_is_left_whole(
    translator: Translator, tokenizers: Tokenizers
) -> None:
    words = ["rot"]
    while len(tokenizers.source.encode([" ".join([*words, "rot"])])[0]) <= MAX_LENGTH:
        words.append("rot")
    whole, cut = translator.translate([" ".join(words), " ".join([*words, "rot"])])
    assert whole.warning is None
    assert cut.warning is not None


# --- options ---


def test_the_n_best_are_sorted_and_begin_with_the_translation(
    translator: Translator, texts: list[str]
) -> None:
    for translation in translator.translate(texts, beam_size=4, n_best=4):
        alternatives = translation.alternatives
        assert (alternatives[0].text, alternatives[0].score) == (
            translation.text,
            translation.score,
        )
        assert len(alternatives) == (4 if translation.source.split() else 1)
        found = [alternative.score for alternative in alternatives]
        assert found == sorted(found, reverse=True)


def test_the_model_remembers_its_search_settings(translator: Translator, texts: list[str]) -> None:
    expected = translator.translate(texts, beam_size=2, length_penalty=0.5)
    found = translator.translate(texts)
    assert [t.score for t in found] == pytest.approx([t.score for t in expected])
    others = translator.translate(texts, length_penalty=1.0)
    assert [t.score for t in found] != pytest.approx([t.score for t in others])
    with pytest.raises(ConfigError, match="beam size, 2"):
        translator.translate(texts, n_best=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beam_size": 0}, "beam_size 0"),
        ({"beam_size": -1}, "beam_size -1"),
        ({"beam_size": 3, "n_best": 4}, "n_best 4"),
        ({"n_best": 0}, "n_best 0"),
        ({"batch_size": 0}, "batch_size 0"),
        ({"length_penalty": -0.1}, "length_penalty -0.1"),
        ({"length_penalty": float("nan")}, "length_penalty nan"),
    ],
)
def test_an_option_out_of_range_is_refused(
    translator: Translator, options: dict[str, int], message: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{message}: has to be"):
        translator.translate(["Haus"], **options)


def test_a_single_text_is_no_list_of_texts(translator: Translator) -> None:
    with pytest.raises(ConfigError, match="list of texts"):
        translator.translate("Haus")


@pytest.mark.parametrize("name", ["tpu", "", "cpux"])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(folder: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=f"device {name}: .*choose cpu"):
        load(folder, device=name)
    assert check_device("cpu") == "cpu"


def test_an_unknown_precision_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match="precision float16: choose float32 or bfloat16"):
        load(folder, precision="float16")


def test_no_model_is_no_ensemble() -> None:
    with pytest.raises(ConfigError, match="no model"):
        load([])


# --- attention ---


def test_attention_says_where_each_piece_comes_from(translator: Translator) -> None:
    texts = [source for source, _ in toy_pairs(20, seed=5)]
    for translation in translator.translate(texts):
        source, target = translation.source_pieces, translation.target_pieces
        assert "".join(source).replace("▁", " ").strip() == translation.source
        assert "".join(target).replace("▁", " ").strip() == translation.text
        assert translation.attention is not None
        assert translation.attention.shape == (len(target) + 1, len(source) + 1)
        np.testing.assert_allclose(translation.attention.sum(axis=1), 1, atol=1e-5)
        assert [t for _, t in translation.alignment] == list(range(len(target)))
        assert all(0 <= s < len(source) for s, _ in translation.alignment)


def test_attention_can_be_left_out(translator: Translator) -> None:
    (translation,) = translator.translate(["zwei Katze"], attention=False)
    assert translation.attention is None
    assert translation.alignment == []
    assert translation.text == translator.translate(["zwei Katze"])[0].text


# --- ensembles and precisions ---


def test_an_ensemble_of_a_model_with_itself_is_the_model(
    folder: Path, translator: Translator, texts: list[str]
) -> None:
    twice = load([folder, str(folder)]).translate(texts)
    alone = translator.translate(texts)
    assert written(twice) == written(alone)
    assert [t.score for t in twice] == pytest.approx([t.score for t in alone], abs=1e-4)


def test_an_ensemble_is_of_all_its_models(
    folder: Path, other_folder: Path, texts: list[str]
) -> None:
    ensembles = ([folder], [other_folder], [folder, other_folder], [other_folder, folder])
    one, other, both, turned = (
        [t.score for t in load(paths).translate(texts)] for paths in ensembles
    )
    assert both != pytest.approx(one, abs=1e-3)
    assert both != pytest.approx(other, abs=1e-3)
    assert both == pytest.approx(turned, abs=1e-4)


def test_an_ensemble_with_another_vocabulary_is_refused(tmp_path: Path, folder: Path) -> None:
    pairs = [(source.upper(), target.upper()) for source, target in toy_pairs(200, seed=3)]
    foreign = train_model(tmp_path / "foreign", make_tokenizers(pairs), seed=1, steps=0)
    with pytest.raises(ModelError) as caught:
        load([folder, foreign])
    assert str(foreign) in str(caught.value) and str(folder) in str(caught.value)


def test_bfloat16_translates_as_well(folder: Path, translator: Translator) -> None:
    small = load(folder, precision="bfloat16")
    dtypes = {parameter.dtype for parameter in small.models[0].model.parameters()}
    assert dtypes == {torch.bfloat16}
    texts = [source for source, _ in toy_pairs(40, seed=11)]
    pairs = zip(written(small.translate(texts)), written(translator.translate(texts)), strict=True)
    assert sum(one == other for one, other in pairs) > 30
