"""A model as search sees it, and as training does."""

import pytest
import torch
from torch import Tensor

from nmt.corpus.batches import collate
from nmt.engine.backend import has_fast_bfloat16
from nmt.engine.scorer import ModelScorer
from nmt.model.build import build
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings
from nmt.text.vocabulary import BOS


@pytest.fixture
def targets(sentences: list[list[int]]) -> list[list[int]]:
    """Other sentences, as long as one another, as the translations so far."""
    return [[*ids, 5, 9, 7, 4, 8][:5] for ids in reversed(sentences)]


def test_steps_are_the_teacher_forced_model(
    model: Seq2Seq, sentences: list[list[int]], targets: list[list[int]]
) -> None:
    batch = collate(sentences, targets)
    with torch.no_grad():
        logits = model(batch.source, batch.source_lengths, batch.target_input)
    scorer = ModelScorer(model)
    state = scorer.start(sentences)
    for step in range(5):
        log_probs, state = scorer.step(batch.target_input[:, step], state)
        torch.testing.assert_close(log_probs, logits[:, step].log_softmax(dim=1))


def test_a_step_gives_a_distribution_in_float32(model: Seq2Seq, sentences: list[list[int]]) -> None:
    scorer = ModelScorer(model)
    log_probs, _ = scorer.step(torch.full((len(sentences),), BOS), scorer.start(sentences))
    assert log_probs.shape == (len(sentences), model.output.out_features)
    assert log_probs.dtype == torch.float32
    torch.testing.assert_close(log_probs.exp().sum(dim=1), torch.ones(len(sentences)))
    assert not log_probs.requires_grad


def test_a_batch_is_its_sentences(model: Seq2Seq, sentences: list[list[int]]) -> None:
    scorer, begin = ModelScorer(model), torch.full((len(sentences),), BOS)
    together, _ = scorer.step(begin, scorer.start(sentences))
    for row, ids in enumerate(sentences):
        alone, _ = scorer.step(begin[:1], scorer.start([ids]))
        torch.testing.assert_close(together[row], alone[0])


@pytest.mark.skipif(not has_fast_bfloat16("cpu"), reason="no fast bfloat16 on this processor")
def test_a_batch_is_its_sentences_in_bfloat16_at_full_size() -> None:
    """Small models do not show what this is about: for one row oneDNN rounds otherwise."""
    torch.manual_seed(1)
    model = build(ModelSettings(), source_vocabulary=99, target_vocabulary=99, joint=True)
    scorer = ModelScorer(model.eval().bfloat16())
    sentences = torch.randint(4, 99, (8, 19)).tolist()
    tokens = torch.full((len(sentences),), BOS)
    together, state = scorer.step(tokens, scorer.start(sentences))
    together, _ = scorer.step(tokens + 5, state)
    for row, ids in enumerate(sentences):
        _, state = scorer.step(tokens[:1], scorer.start([ids]))
        alone, state = scorer.step(tokens[:1] + 5, state)
        assert len(alone) == len(state.sentence) == 1
        torch.testing.assert_close(together[row], alone[0], atol=1e-5, rtol=0)


@pytest.mark.parametrize("index", [[0, 0, 1, 1, 2, 2], [2, 0], [1]])
def test_reordered_rows_go_on_as_they_would_have(
    model: Seq2Seq, sentences: list[list[int]], index: list[int]
) -> None:
    scorer, tokens = ModelScorer(model), torch.tensor([4, 5, 6])
    _, state = scorer.step(tokens, scorer.start(sentences[:3]))

    def go_on(rows: list[int]) -> Tensor:
        chosen = scorer.reorder(state, torch.tensor(rows))
        return scorer.step(torch.full((len(rows),), 7), chosen)[0]

    torch.testing.assert_close(go_on(index), torch.cat([go_on([row]) for row in index]))
