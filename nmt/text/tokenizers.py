"""The tokenizers of a model: one for both languages, or one for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nmt.text.normalization import Normalization
from nmt.text.tokenizer import Tokenizer, load_tokenizer


@dataclass(frozen=True, slots=True)
class Tokenizers:
    """Source and target tokenizer; the same object when joint."""

    source: Tokenizer
    target: Tokenizer

    @property
    def joint(self) -> bool:
        """Whether one vocabulary serves both languages."""
        return self.source is self.target

    def save(self, folder: Path) -> None:
        """Write tokenizer.model, or source.model and target.model."""
        if self.joint:
            self.source.save(folder / "tokenizer.model")
        else:
            self.source.save(folder / "source.model")
            self.target.save(folder / "target.model")


def load_tokenizers(folder: Path, normalization: Normalization) -> Tokenizers:
    """Read what `Tokenizers.save` wrote.

    Raises:
        ModelError: a file is missing or damaged.
    """
    if (folder / "source.model").exists():
        source, target = (
            load_tokenizer(folder / f"{side}.model", normalization) for side in ("source", "target")
        )
        return Tokenizers(source, target)
    tokenizer = load_tokenizer(folder / "tokenizer.model", normalization)
    return Tokenizers(tokenizer, tokenizer)


def given_tokenizers(paths: Sequence[Path], normalization: Normalization) -> Tokenizers:
    """SentencePiece models made elsewhere: one for both languages, or source and target.

    Their special tokens become ours, 0 to 3, whatever their ids were. A model keeps the
    normalization that it was trained with; `normalization` comes before it.

    Raises:
        ModelError: a file is missing or damaged.
    """
    tokenizers = [load_tokenizer(path, normalization, foreign=True) for path in paths]
    return Tokenizers(tokenizers[0], tokenizers[-1])
