"""Training pairs as people really write: in capitals, without a full stop, with slips of the key.

A pair is changed at the moment it is trained on, by a function of (pair, rates, seed, epoch, row),
so that a resumed run sees what it would have seen. Which side changes follows what a user expects
of the translation, as in OpusTrainer (Bogoychev et al. 2023), which made the kinds known:

    upper_case            both sides         A TITLE IN CAPITALS has a translation in capitals
    title_case            both sides         So Has One With Capital Initials
    lower_case            the source only    who types without capitals wants proper text back
    no_final_punctuation  both sides         if both end alike; nothing is to be made up
    typos                 the source only    the translation is the one of the right word
    single_words          the whole pair     becomes a pair of words, as looked up in a dictionary

Text without upper and lower case is left alone, and so are addresses, placeholders and symbols.
"""

import difflib
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from nmt.errors import ConfigError
from nmt.text.letters import JOINERS, MARKS, word_pattern

LONGEST = 5000  # characters of a side; no sentence is longer, and some patterns would take long
TYPO_SHARE = 0.15  # of the words that can have a typo; at least one of them has it

Draw = Callable[[], float]  # a random number in [0, 1)
Change = Callable[[str], str]

FINAL = {"statement": ".…。．｡।۔։။።", "exclamation": "!！", "question": "?？؟\u037e፧"}
FINAL_PUNCTUATION = re.compile(rf"\s*[{re.escape(''.join(FINAL.values()))}]+$")
ADDRESS_OR_PLACEHOLDER = r"(?<![^\s>}])\S*?(?:://|@|www\.)\S*|<[^<>]*>|\{[^{}]*\}|%\w|__\w+__"
INITIAL = re.compile(r"(?<!\S)([\"(\[„“”«»¿¡]*)([^\W\d_])")
# a word of three letters and marks or more in a script that is typed letter by letter
NOT_TYPED = r"\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
IN_WORD = rf"[\w{MARKS}{JOINERS}]"
TYPED = re.compile(rf"(?<!{IN_WORD})(?={IN_WORD}{{3}}){word_pattern(without=NOT_TYPED)}(?!\w)")
KEYBOARDS = (
    "qwertyuiop asdfghjkl zxcvbnm йцукенгшщзхъ фывапролджэ ячсмитьбю ςερτυθιοπ ασδφγηξκλ ζχψωβνμ"
)
NEIGHBOURS = {
    key: row[max(0, i - 1) : i] + row[i + 1 : i + 2]
    for row in KEYBOARDS.split()
    for i, key in enumerate(row)
}


class Augmenter:
    """Changes training pairs, some of them and differently in each epoch.

    Args:
        rates: for each kind that is wanted the share of the pairs that it changes. The kinds of
            case exclude one another, so their rates add up to 1 at most.
        word_pairs: the dictionary of `single_words`; without one this kind changes nothing.
        symbols: words that stay as they are (`tokenizer.symbols`).

    Raises:
        ConfigError: a kind is unknown, or a rate is not one.
    """

    def __init__(
        self,
        rates: Mapping[str, float],
        seed: int,
        word_pairs: Sequence[tuple[str, str]] = (),
        symbols: Iterable[str] = (),
    ) -> None:
        for kind, rate in rates.items():
            if kind not in KINDS:
                raise unknown_kind(kind, KINDS)
            if not 0 <= rate <= 1:
                raise ConfigError(f"augmentation: {kind} = {rate}: should be from 0 to 1")
        if sum(rates.get(kind, 0.0) for kind in CASES) > 1:
            raise ConfigError(f"augmentation: {', '.join(CASES)} add up to more than 1")
        self.rates = {kind: float(rates.get(kind, 0.0)) for kind in KINDS}
        self.seed = seed
        self.word_pairs = tuple(word_pairs)
        self._protected = _protected(symbols)

    def __call__(self, source: str, target: str, *, epoch: int, row: int) -> tuple[str, str]:
        """The pair of a row of the corpus as it is trained on in an epoch; normalize it after."""
        if max(len(source), len(target)) > LONGEST:
            return source, target
        draw = self._draw(epoch, row)
        case = self._case(draw())
        if draw() < self.rates["single_words"] and self.word_pairs:
            source, target = self.word_pairs[int(draw() * len(self.word_pairs))]
        if draw() < self.rates["no_final_punctuation"] and _end(source) == _end(target):
            source, target = _both(_without_end, source, target)
        if draw() < self.rates["typos"]:
            source = _with_typos(source, self._protected, draw)
        if case is None:
            return source, target
        changed = _both(_outside(self._protected, CASES[case]), source, target)
        return changed if case in BOTH_SIDES else (changed[0], target)

    def case(self, *, epoch: int, row: int) -> str | None:
        """The change of case that a row has in an epoch: text in capitals has many more tokens."""
        return self._case(self._draw(epoch, row)())

    def _draw(self, epoch: int, row: int) -> Draw:
        return random.Random(f"augmentation {self.seed} {epoch} {row}").random

    def _case(self, chosen: float) -> str | None:
        for kind in CASES:
            if chosen < self.rates[kind]:
                return kind
            chosen -= self.rates[kind]
        return None


def perturb(lines: Iterable[str], kind: str, seed: int, symbols: Iterable[str] = ()) -> list[str]:
    """The source side of a test set, changed wherever it can be; the same seed gives the same.

    Args:
        kind: any but `single_words`.

    Raises:
        ConfigError: the kind is unknown.
    """
    if kind not in KINDS or kind == "single_words":
        raise unknown_kind(kind, [kind for kind in KINDS if kind != "single_words"])
    augmenter = Augmenter({kind: 1.0}, seed, symbols=symbols)
    # with itself for a target, a line has what both sides need to have
    return [augmenter(line, line, epoch=0, row=row)[0] for row, line in enumerate(lines)]


def unknown_kind(kind: str, known: Sequence[str]) -> ConfigError:
    """The error for a kind that is not there, with the nearest that is."""
    nearest = difflib.get_close_matches(kind, known, n=1)
    advice = f"did you mean {nearest[0]}?" if nearest else f"there are {', '.join(known)}"
    return ConfigError(f"augmentation: {kind}: unknown kind; {advice}")


def _protected(symbols: Iterable[str]) -> re.Pattern[str]:
    """Finds, as its one group, what must stay as it is."""
    longest_first = sorted(symbols, key=len, reverse=True)
    return re.compile(f"({'|'.join([*map(re.escape, longest_first), ADDRESS_OR_PLACEHOLDER])})")


def _outside(protected: re.Pattern[str], change: Change) -> Change:
    """The change, made to what is not protected."""

    def changed(line: str) -> str:
        parts = protected.split(line)
        parts[::2] = map(change, parts[::2])
        return "".join(parts)

    return changed


def _both(change: Change, source: str, target: str) -> tuple[str, str]:
    """Both sides changed; neither if the source would not be: the model could not foresee it."""
    changed = change(source), change(target)
    return changed if changed[0] != source and all(map(str.strip, changed)) else (source, target)


def _end(line: str) -> str:
    """The kind of punctuation that a line ends with, if any."""
    return next((kind for kind, marks in FINAL.items() if line[-1:] in marks), "") if line else ""


def _without_end(line: str) -> str:
    return FINAL_PUNCTUATION.sub("", line)


def _with_capital_initials(line: str) -> str:
    return INITIAL.sub(lambda match: match[1] + match[2].title(), line)


def _with_typos(line: str, protected: re.Pattern[str], draw: Draw) -> str:
    """The line with one slip in a few of its words."""
    parts = protected.split(line)
    words = [(i, m.span()) for i in range(0, len(parts), 2) for m in TYPED.finditer(parts[i])]
    wanted = max(1, round(TYPO_SHARE * len(words)))
    chosen = [words.pop(int(draw() * len(words))) for _ in range(min(wanted, len(words)))]
    for i, (start, end) in sorted(chosen, reverse=True):  # what comes before keeps its place
        slip = _slip(parts[i][start:end], draw)
        parts[i] = f"{parts[i][:start]}{slip}{parts[i][end:]}"
    return "".join(parts)


def _slip(word: str, draw: Draw) -> str:
    """The word with two letters exchanged, or one left out, doubled, added or replaced."""
    at = 1 + int(draw() * (len(word) - 1))  # the first letter is hardly ever missed
    before, letter, after = word[:at], word[at], word[at + 1 :]
    near = NEIGHBOURS.get(letter.lower(), letter)
    key = near[int(draw() * len(near))]
    key = key.upper() if letter.isupper() else key
    kind = int(draw() * 5)
    if kind == 0 and after[:1] not in ("", letter):
        return before + after[0] + letter + after[1:]
    if kind == 1:
        return before + after
    if kind == 2:
        return before + letter + key + after
    if kind == 3 and key != letter:
        return before + key + after
    return before + letter + letter + after


CASES: Mapping[str, Change] = {
    "upper_case": str.upper,
    "title_case": _with_capital_initials,
    "lower_case": str.lower,
}
BOTH_SIDES = ("upper_case", "title_case")
KINDS = (*CASES, "no_final_punctuation", "typos", "single_words")
