"""nmt: recurrent sequence-to-sequence machine translation.

>>> import nmt
>>> translator = nmt.load("models/de-en")
>>> translator.translate(["Ein Hund läuft."])[0].text
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nmt.evaluation.metrics import evaluate
    from nmt.training.run import train
    from nmt.translator import Translation, Translator, load

__version__ = "0.1.0"
__all__ = ["Translation", "Translator", "__version__", "evaluate", "load", "train"]

_HOMES = {
    "Translation": "nmt.translator",
    "Translator": "nmt.translator",
    "evaluate": "nmt.evaluation.metrics",
    "load": "nmt.translator",
    "train": "nmt.training.run",
}


def __getattr__(name: str) -> object:
    """Import a public name at its first use (PEP 562), so that `nmt --help` needs no torch."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'nmt' has no attribute {name!r}")
