"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

FAULTS_FOUND, USER_MISTAKE, INTERRUPTED = 1, 2, 130  # exit statuses

ModelsAndInput = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL_DIR... [INPUT]",
        help="Model directories, several of which form an ensemble, then the text to translate; "
        "without it, or with -, standard input.",
    ),
]
ModelDirectory = Annotated[Path, typer.Argument(help="A model directory.")]
ConfigFile = Annotated[Path | None, typer.Argument(help="A configuration file (TOML).")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Change a setting; repeatable."),
]
Source = Annotated[Path | None, typer.Option(help="Training text in the source language.")]
Target = Annotated[Path | None, typer.Option(help="Its translation, line by line.")]
Corpus = Annotated[
    list[Path] | None,
    typer.Option(help="A training corpus in one file, such as TSV or TMX; repeatable."),
]
ValidSource = Annotated[Path | None, typer.Option(help="Validation text in the source language.")]
ValidTarget = Annotated[Path | None, typer.Option(help="Its translation, line by line.")]
Languages = Annotated[str | None, typer.Option(help="Both languages, such as de-en.")]
OutputDirectory = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="The model directory to write; default: models/NAME."),
]
StartFrom = Annotated[
    Path | None,
    typer.Option("--from", metavar="MODEL_DIR", help="Begin with this model's weights."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where the run stopped.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Delete the run that is there.")]
TimeBudget = Annotated[
    str | None, typer.Option(help="Train so long, such as 20m or 1h30m, everything counted in.")
]
Seed = Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Of all random numbers.")]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Check everything, predict time and memory, but train nothing."),
]
Device = Annotated[str, typer.Option(help="cpu, cuda or mps.")]
TrainingDevice = Annotated[
    str | None,
    typer.Option(help="cpu, cuda or mps; default: cpu, or on --resume what the run began with."),
]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads; default: one a core.")]
BeamSize = Annotated[
    int | None, typer.Option(min=1, help="Hypotheses kept at each step; 1 is greedy search.")
]
BatchSize = Annotated[
    int | None, typer.Option(min=1, help="Sentences at a time; changes the speed only.")
]
LengthPenalty = Annotated[
    float | None,
    typer.Option(min=0.0, max=10.0, help="Exponent of the length that scores are divided by."),
]
MinimumBayesRisk = Annotated[
    Literal["bleu", "chrf"] | None,
    typer.Option(
        "--mbr",
        help="Minimum Bayes risk: of all hypotheses of the beam choose the one most like the "
        "others by this metric. Scores are then the metric expected, 0 to 100.",
    ),
]
Tag = Annotated[
    str | None,
    typer.Option(help="Put this tag of the model in front of each line that has none."),
]
Precision = Annotated[str, typer.Option(help="float32 or bfloat16.")]
PrecisionOfModel = Annotated[
    str | None, typer.Option("--precision", help="float32 (the default) or bfloat16.")
]
DeviceOfModel = Annotated[
    str | None, typer.Option("--device", help="cpu (the default), cuda or mps.")
]
Hypothesis = Annotated[
    Path | None, typer.Option(help="Translations to score, instead of a model's.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def use_threads(threads: int | None) -> None:
    """Let torch use so many threads, and float32 products the fastest exact way."""
    import torch

    from nmt.engine.backend import use_fast_float32

    if threads:
        torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    use_fast_float32()
