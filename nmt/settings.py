"""The catalogue of settings: every name, type, range and default, in one place.

A configuration is a TOML file with the sections `data`, `tokenizer`, `model`, `training` and
`search`; `nmt.config` reads it. Precedence: the defaults here < the file < `--set`. A setting with
a single sensible value is a constant beside the code that uses it, and is not here.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def parse_duration(text: str) -> float:
    """Seconds of a duration such as "90s", "20m", "1h30m" or "2h".

    Raises:
        ValueError: the text is not a duration, or is zero.
    """
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text.strip().lower())
    if not match or not any(match.groups()) or not any(int(g or 0) for g in match.groups()):
        raise ValueError(f"{text!r} is not a duration; write for example 90s, 20m or 1h30m")
    hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return 3600.0 * hours + 60.0 * minutes + seconds


def format_duration(seconds: float) -> str:
    """Seconds as 5s, 3m20s or 2h05m."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def _check_duration(text: str) -> str:
    parse_duration(text)
    return text


Fraction = Annotated[float, Field(ge=0, lt=1)]
Positive = Annotated[int, Field(ge=1)]
Duration = Annotated[str, AfterValidator(_check_duration)]
FileOrTwo = Annotated[tuple[str, ...], BeforeValidator(lambda v: [v] if isinstance(v, str) else v)]
SMALLEST_VOCABULARY = 16
MOST_STEPS = 20_000  # of a run that nothing else ends


class Settings(BaseModel):
    """The base of every section: read-only, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CorpusFiles(Settings):
    """One corpus: two aligned files, one file that holds both sides, or a data set."""

    source: str | None = None
    target: str | None = None
    path: str | None = None  # a file in any format, or a folder of Parquet or Arrow files
    hub: str | None = None  # a data set of the library `datasets`: "owner/name", or a folder
    subset: str | None = None  # of the data set; so are split and streaming
    split: str | None = None  # default: "train"
    streaming: bool = False  # read over the network as it is used, instead of stored first
    format: str | None = None  # of the file; default: what its content says
    columns: tuple[str | int, str | int] | None = Field(default=None, strict=False)
    languages: str | None = None  # such as "de-en"; default: those of the configuration
    tag: Annotated[str, Field(pattern=r"^[^\s▁]+$")] | None = None  # in front of each source
    weight: Annotated[float, Field(ge=1e-3, le=1e3)] = 1.0  # how often a pair is in an epoch
    # word alignments of the pairs, in Pharaoh format; see training.guided_alignment
    alignment: str | None = None


Rejectable = Literal[
    "identical", "duplicate", "near_duplicate", "overlap", "misalignment", "length_ratio", "length",
    "wrong_language", "swapped_sides", "script", "encoding", "separator", "markup",
    "placeholder_mismatch", "number_mismatch",
]  # fmt: skip
Augmentation = Literal[
    "upper_case", "title_case", "lower_case", "no_final_punctuation", "typos", "single_words"
]


class DataSettings(Settings):
    """Where the corpora are, and which pairs of them are used."""

    root: str | None = None  # paths are relative to it; default: the folder of the config file
    train: tuple[CorpusFiles, ...] = Field(default=(), strict=False)
    valid: CorpusFiles | None = None
    max_length: Positive = 256  # tokens; longer training pairs are left out and counted
    reject: tuple[Rejectable, ...] = Field(default=(), strict=False)  # faults, as of `nmt check`
    augment: dict[Augmentation, Fraction] = {}  # shares of training pairs that are changed
    temperature: Annotated[float, Field(ge=1, le=100)] = 1.0  # of the mixture; 5 = nearly even
    cache: str | None = None  # encoded corpora; default: $NMT_CACHE, or ~/.cache/nmt

    @property
    def tags(self) -> tuple[str, ...]:
        """What stands in front of the sources of the corpora, each once."""
        return tuple(dict.fromkeys(entry.tag for entry in self.train if entry.tag))


class TokenizerSettings(Settings):
    """How text is cut into tokens."""

    kind: Literal["bpe", "unigram", "char", "byte", "word"] = "bpe"
    vocabulary_size: Annotated[int, Field(ge=SMALLEST_VOCABULARY)] | Literal["auto"] = "auto"
    joint: bool = True  # one vocabulary for both languages
    model: FileOrTwo = Field(default=(), strict=False, max_length=2)  # files to use
    character_coverage: Annotated[float, Field(ge=0.98, le=1)] = 1.0
    byte_fallback: bool = False  # an unknown character is its bytes, 256 more tokens
    symbols: tuple[str, ...] = Field(default=(), strict=False)  # never split, such as "<law>"
    sampling: Annotated[float, Field(ge=0, le=1)] = 0.0  # bpe: dropout; unigram: alpha; 0 = off
    normalization: Literal["nfkc", "nfc", "none"] = "nfkc"


CellKind = Literal[
    "rnn", "rnn_relu", "gru", "lstm", "layer_norm_lstm", "deep_transition_gru", "ssru", "mingru",
    "minlstm",
]  # fmt: skip


class ModelSettings(Settings):
    """The architecture."""

    cell: CellKind = "lstm"
    encoder_cell: CellKind | None = None  # default: `cell`; no cell is in a Transformer
    encoder: Literal["one_way", "bidirectional", "alternating", "gnmt", "transformer"] = (
        "bidirectional"
    )
    decoder: Literal["bahdanau", "luong", "gnmt", "rnmtplus", "hybrid", "transformer"] = "gnmt"
    embedding_size: Positive = 256
    hidden_size: Annotated[int, Field(ge=2, multiple_of=2)] = 512
    encoder_layers: Positive = 1  # default of `alternating` and `gnmt`, which need them: 2
    decoder_layers: Positive = 2
    attention: Literal[
        "dot", "general", "additive", "concat", "multihead", "multihead_additive", "local",
        "coverage",
    ] = "multihead"  # fmt: skip
    attention_heads: Positive = 4  # of `multihead`, `multihead_additive` and self-attention
    lexical: bool = True  # the attended source words are read beside the decoder's readout
    input_feeding: bool = False  # the last context or readout is an input too: step by step
    start: Literal["zero", "last", "mean", "bridge"] = "bridge"  # of recurrent layers
    residual: bool = True  # a layer adds to what it reads; a recurrent one from the second on
    norm: Literal["none", "pre", "post", "auto"] = "auto"  # auto: pre in blocks, else none
    feed_forward_size: Annotated[int, Field(ge=0)] | Literal["auto"] = "auto"  # 0 = none; auto:
    # 4 * hidden_size in `transformer` and `hybrid`, 0 in other encoders; other decoders have none
    tie_embeddings: bool = True  # output = target embedding (= source embedding if joint)
    dropout: Fraction = 0.25  # on the outputs of the layers
    embedding_dropout: Fraction = 0.25  # on the embeddings
    # of both: what is dropped is the same at all steps of a sequence, or another at each
    dropout_mask: Literal["sequence", "element"] = "sequence"
    attention_dropout: Fraction = 0.0  # on the attention weights
    word_dropout: Fraction = 0.0  # on whole words of the input of both sides

    @model_validator(mode="before")
    @classmethod
    def _two_layers_of_what_needs_two(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("encoder") in ("alternating", "gnmt"):
            return {"encoder_layers": 2, **given}
        return given


class TrainingSettings(Settings):
    """The optimization."""

    batch_tokens: Annotated[int, Field(ge=16)] = 2048  # padded tokens of the longer side in a batch
    max_steps: Positive | None = None  # default: MOST_STEPS, if nothing else ends a run
    max_epochs: Positive | None = None
    time_budget: Duration | None = None  # such as "20m"; the schedule fits itself to it
    objective: Literal["likelihood", "risk_bleu", "risk_chrf"] = "likelihood"  # risk: expected loss
    # share of training by likelihood, with the whole schedule; the risk after it has a tenth of its
    # peak. Risk from the start (0) has the whole rate: choose 1e-4 to 2e-4 for a trained model
    risk_after: Fraction = 0.0
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 2e-3
    schedule: Literal["wsd", "cosine", "inverse_sqrt", "constant"] = "wsd"
    warmup_steps: Annotated[int, Field(ge=0)] = 200
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    weight_dropout: Fraction = 0.0  # on the recurrent matrices, one mask a batch
    clip_norm: Annotated[float, Field(gt=0)] = 1.0
    label_smoothing: Fraction = 0.1
    r_drop: Annotated[float, Field(ge=0, le=100)] = 0.0  # weight of the divergence of two passes
    scheduled_sampling: Fraction = 0.0  # share of own predictions in the input at the end
    guided_alignment: Annotated[float, Field(ge=0, le=100)] = 0.0  # weight of given alignments
    average_decay: Fraction = 0.998  # of the moving average of the weights; 0 = off
    average_checkpoints: Annotated[int, Field(ge=0, le=100)] = 0  # validated ones, at the end
    validation_interval: Positive = 500  # steps
    checkpoint_interval: Positive = 500  # steps
    log_interval: Positive = 50  # steps
    # validations without a better BLEU, of those in a phase: then the next one begins (the decay of
    # wsd, minimum risk), and after the last training stops
    patience: Positive = 20
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1

    @property
    def steps_at_most(self) -> float:
        """The steps after which a run ends; infinite where epochs or time alone end it."""
        unlimited = self.max_epochs or self.time_budget
        return self.max_steps or (float("inf") if unlimited else MOST_STEPS)

    @property
    def ends(self) -> tuple[str, ...]:
        """The names of the settings that end a run."""
        names = ("max_steps", "max_epochs", "time_budget")
        return tuple(name for name in names if getattr(self, name)) or ("max_steps",)


class SearchSettings(Settings):
    """The search for the best translation; a model remembers these as its defaults."""

    beam_size: Positive = 5
    length_penalty: Annotated[float, Field(ge=0, le=10)] = 0.8  # log-probability / length^this
    max_length_ratio: Annotated[float, Field(gt=0, le=100)] = 2.0  # of source tokens, plus 10
    batch_size: Positive = 64  # sentences
