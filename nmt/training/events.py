"""What a run tells of itself before its first step."""

from dataclasses import asdict

import torch

from nmt.corpus.prepare import PreparedCorpus
from nmt.training.trainer import Event, Trainer


def start_event(trainer: Trainer, prepared: PreparedCorpus) -> Event:
    """What a run is about to do, for the display and the log."""
    config, state, plan = trainer.config, trainer.state, trainer.plan_part()
    tokenizers = prepared.tokenizers
    return {
        "event": "start",
        "step": state.progress.step,
        "seconds": round(state.progress.seconds, 2),
        "name": config.name,
        "parameters": sum(parameter.numel() for parameter in state.model.parameters()),
        "vocabulary": [tokenizers.source.vocabulary_size, tokenizers.target.vocabulary_size],
        "pairs": asdict(prepared.report),
        "left_out": prepared.report.reasons,
        "mixture": [asdict(share) for share in trainer.batches.epoch_rows.shares],
        "prepared": str(prepared.folder),
        "reused": prepared.reused,
        "batches_per_epoch": len(plan) * trainer.batches.parts,
        "real_tokens": round(plan.real_tokens, 4),
        "precision": config.training.precision,
        "threads": torch.get_num_threads(),
        "validation_sentences": len(trainer.validator.sources) if trainer.validator else 0,
    }
