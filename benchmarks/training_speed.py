"""Training speed against a plain decoder loop, in one run: the ratio is the result.

The baseline is what a textbook implementation does: a packed bidirectional LSTM encoder, and a
Python loop over target positions of LSTM cells with input feeding (Luong et al. 2015), torch's own
cross-entropy and AdamW, everything in float32 as torch comes. Sizes, batches and data are those of
nmt's model in the same run; the two take turns, so that noise of the machine hits both.

The share says how much of the rate of one large matrix product (measured in the same run, in the
type that the system computes in) is reached by the products that the step cannot do without.

    python benchmarks/training_speed.py [--corpus $NMT_CORPORA/multi30k/train] [--steps 12]
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nmt.corpus.batches import Batch, collate, plan_batches
from nmt.corpus.readers.text import read_text_pair
from nmt.engine.backend import has_fast_bfloat16, keep_freed_memory, use_fast_float32
from nmt.model.build import build
from nmt.model.seq2seq import Seq2Seq
from nmt.settings import ModelSettings, TokenizerSettings, TrainingSettings
from nmt.text.tokenizer import train_tokenizer
from nmt.text.vocabulary import PAD
from nmt.training.objective import Objective
from nmt.training.state import Progress, TrainingState
from nmt.training.step import make_optimizer, train_step

CORPORA = Path(os.environ.get("NMT_CORPORA", "../shared/data"))
VOCABULARY = 6000
BATCH_TOKENS = TrainingSettings().batch_tokens
Step = Callable[[Batch], None]
Ids = tuple[list[list[int]], list[list[int]]]
Lengths = tuple[np.ndarray, np.ndarray]


class LoopModel(nn.Module):
    """The baseline: attention on top of stacked LSTM cells, with input feeding, step by step."""

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__()
        size, embedding = settings.hidden_size, settings.embedding_size
        self.embedding = nn.Embedding(VOCABULARY, embedding, padding_idx=PAD)
        self.encoder = nn.LSTM(embedding, size // 2, bidirectional=True, batch_first=True)
        self.cells = nn.ModuleList([nn.LSTMCell(embedding + size, size), nn.LSTMCell(size, size)])
        self.attend = nn.Linear(size, size, bias=False)
        self.combine = nn.Linear(2 * size, size)
        self.output = nn.Linear(size, embedding)
        self.dropout = nn.Dropout(settings.dropout)

    def forward(self, batch: Batch) -> Tensor:
        """Logits (B, T, V)."""
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(batch.source), batch.source_lengths, True, enforce_sorted=False
        )
        memory, _ = nn.utils.rnn.pad_packed_sequence(self.encoder(packed)[0], batch_first=True)
        keys = self.attend(memory)  # (B, S, H)
        mask = torch.arange(memory.shape[1])[None] < batch.source_lengths[:, None]
        zeros = memory.new_zeros(len(memory), memory.shape[2])
        states, fed, outputs = [(zeros, zeros), (zeros, zeros)], zeros, []
        for t in range(batch.target_input.shape[1]):
            x = torch.cat((self.embedding(batch.target_input[:, t]), fed), dim=1)
            for number, cell in enumerate(self.cells):
                states[number] = cell(x, states[number])
                x = self.dropout(states[number][0])
            scores = (keys @ x[:, :, None])[:, :, 0].masked_fill(~mask, float("-inf"))
            context = (scores.softmax(dim=1)[:, None] @ memory)[:, 0]
            fed = torch.tanh(self.combine(torch.cat((context, x), dim=1)))
            outputs.append(self.output(self.dropout(fed)))
        return torch.stack(outputs, dim=1) @ self.embedding.weight.T


def loop_step(settings: ModelSettings) -> Step:
    """One training step of the baseline."""
    model = LoopModel(settings)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def step(batch: Batch) -> None:
        logits = model(batch)
        F.cross_entropy(
            logits.flatten(0, 1),
            batch.target_output.flatten(),
            ignore_index=PAD,
            label_smoothing=0.1,
        ).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


def nmt_step(settings: ModelSettings, precision: str) -> Step:
    """One training step of nmt, the moving average included."""
    model = build(settings, source_vocabulary=VOCABULARY, target_vocabulary=VOCABULARY, joint=True)
    average = build(
        settings, source_vocabulary=VOCABULARY, target_vocabulary=VOCABULARY, joint=True
    )
    training = TrainingSettings(precision=precision)  # type: ignore[arg-type]
    state = TrainingState(model, average, make_optimizer(model, training), Progress())

    def step(batch: Batch) -> None:
        state.progress.step += 1
        train_step(state, batch, Objective(training), rate=1e-4, warn=print)

    return step


def encode_corpus(corpus: Path) -> tuple[Ids, Lengths]:
    """The tokens of both sides of a real corpus, and how many each sentence has."""
    pairs = list(read_text_pair(corpus.with_suffix(".de"), corpus.with_suffix(".en")))
    sources, targets = [pair.source for pair in pairs], [pair.target for pair in pairs]
    settings = TokenizerSettings(vocabulary_size=VOCABULARY)
    tokenizer = train_tokenizer(sources + targets, settings, pairs=len(pairs))
    ids = tokenizer.encode(sources), tokenizer.encode(targets)
    source, target = (np.array([len(sentence) for sentence in side]) for side in ids)
    return ids, (source, target)


def load_batches(corpus: Path, count: int, batch_tokens: int) -> list[Batch]:
    """Some batches of a real corpus, in the lengths that training would see."""
    ids, lengths = encode_corpus(corpus)
    plan = plan_batches(lengths, batch_tokens, seed=1, epoch=1)
    return [
        collate([ids[0][r] for r in rows], [ids[1][r] for r in rows])
        for rows in plan.batches[:count]
    ]


def matrix_work(model: Seq2Seq, batches: list[Batch]) -> float:
    """Floating-point operations of the weight products of one training step for each batch.

    A product with n weights takes 2 n operations a token forward and 4 n backward; padding, the
    attention's own products and everything element by element are left out.
    """
    attention = model.decoder.attention
    on_source = [model.encoder.layers, attention.project_key, attention.project_value]
    on_target = [model.decoder.cells, attention.project_query, model.decoder.readout, model.output]
    sides = (
        (on_source, sum(batch.source_tokens for batch in batches)),
        (on_target, sum(batch.target_tokens for batch in batches)),
    )
    return sum(
        6.0 * parameter.numel() * tokens
        for modules, tokens in sides
        for module in modules
        for parameter in module.parameters()
        if parameter.dim() == 2
    )


def product_rate(dtype: torch.dtype) -> float:
    """Operations a second of a product of two large square matrices; the best of ten."""
    size, seconds = 2048, float("inf")
    a, b = torch.randn(2, size, size).to(dtype).unbind()
    for _ in range(10):
        started = time.perf_counter()
        a @ b
        seconds = min(seconds, time.perf_counter() - started)
    return 2 * size**3 / seconds


def prepare_arithmetic(name: str) -> None:
    """Arithmetic as torch comes for the baseline, and as a training of nmt sets it for nmt."""
    torch.set_float32_matmul_precision("highest")
    if name.startswith("nmt"):
        use_fast_float32()


def main() -> None:
    """Time the systems in turns and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, default=CORPORA / "multi30k" / "train")
    parser.add_argument("--steps", type=int, default=12, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if not arguments.corpus.with_suffix(".de").exists():
        print(f"skipped: no {arguments.corpus}.de (set NMT_CORPORA)")
        return
    batches = load_batches(arguments.corpus, arguments.steps, BATCH_TOKENS)
    tokens = sum(batch.target_tokens for batch in batches)
    settings = ModelSettings()
    keep_freed_memory()
    torch.set_flush_denormal(True)
    systems = {"LSTMCell loop, input feeding, float32": loop_step(settings)}
    systems["nmt float32"] = nmt_step(settings, "float32")
    if has_fast_bfloat16("cpu"):
        systems["nmt bfloat16"] = nmt_step(settings, "bfloat16")
    speeds: dict[str, list[float]] = {name: [] for name in systems}
    for round_number in range(arguments.rounds + 1):  # the first one warms up
        for name, step in systems.items():
            prepare_arithmetic(name)
            started = time.perf_counter()
            for batch in batches:
                step(batch)
            if round_number:
                speeds[name].append(tokens / (time.perf_counter() - started))
    baseline = statistics.median(next(iter(speeds.values())))
    print(
        f"{torch.get_num_threads()} threads, {settings.cell} of {settings.hidden_size}, "
        f"{tokens:,} target tokens a round"
    )
    model = build(settings, source_vocabulary=VOCABULARY, target_vocabulary=VOCABULARY, joint=True)
    work = matrix_work(model, batches) / tokens  # operations a target token
    print(f"{'system':<40} {'target tokens/s':>16} {'ratio':>7} {'share':>6} {'of GFLOP/s':>11}")
    for name, values in speeds.items():
        prepare_arithmetic(name)
        speed = statistics.median(values)
        rate = product_rate(torch.bfloat16 if name.endswith("bfloat16") else torch.float32)
        share = "-" if name == next(iter(speeds)) else f"{speed * work / rate:.0%}"
        print(f"{name:<40} {speed:16,.0f} {speed / baseline:7.2f} {share:>6} {rate / 1e9:11,.0f}")


if __name__ == "__main__":
    main()
