"""Real tokenizers and small untrained models for them."""

from collections.abc import Callable

import pytest
import torch

from nmt.model.build import build
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings, TokenizerSettings
from nmt.text.tokenizer import Tokenizer, train_tokenizer
from nmt.text.tokenizers import Tokenizers

TEXT = (
    "one two three four five six seven eight nine ten red green blue black white house tree cat "
    "dog bird door bread water today here a the and or not sees has is big small old new"
)
WORDS = TEXT.split()


@pytest.fixture(scope="session")
def tokenizers() -> Tokenizers:
    """Whole words, so that every list of token ids is the encoding of its own text."""
    tokenizer = train_tokenizer([TEXT] * 2, TokenizerSettings(kind="word"), pairs=2)
    return Tokenizers(tokenizer, tokenizer)


@pytest.fixture(scope="session")
def make_model(tokenizers: Tokenizers) -> Callable[[int], Seq2Seq]:
    """`make_model(seed)`: an untrained model that has decided opinions."""

    def make(seed: int) -> Seq2Seq:
        size = tokenizers.source.vocabulary_size
        settings = ModelSettings(embedding_size=16, hidden_size=32, attention_heads=2)
        torch.manual_seed(seed)
        model = build(settings, source_vocabulary=size, target_vocabulary=size, joint=True)
        with torch.no_grad():
            model.output.weight.mul_(2)
        return model.eval()

    return make


@pytest.fixture(scope="session")
def model(make_model: Callable[[int], Seq2Seq]) -> Seq2Seq:
    return make_model(1)


@pytest.fixture(scope="session")
def sentences(tokenizers: Tokenizers) -> list[list[int]]:
    """Token ids of sentences of 0 to 12 words, the lengths in no order."""
    lengths = [5, 1, 12, 3, 0, 7, 7, 2, 9, 4, 11, 1, 6, 8, 10]
    texts = [" ".join((WORDS * 2)[3 * row : 3 * row + n]) for row, n in enumerate(lengths)]
    tokenizer: Tokenizer = tokenizers.source
    return tokenizer.encode(texts)
