"""What is taken for a word where translations are scored by BLEU."""

from nmt.text.languages import base_language

UNSPACED = {"bo", "dz", "ja", "km", "lo", "my", "th", "zh"}  # written without spaces between words


def bleu_tokenizer(language: str) -> str:
    """The sacreBLEU tokenizer for a language: its default, or characters.

    Where nothing divides words, a sentence would be one, and BLEU stay at 0. The tokenizers of
    sacreBLEU that find words there need dictionaries or downloads.
    """
    return "char" if base_language(language) in UNSPACED else "13a"
