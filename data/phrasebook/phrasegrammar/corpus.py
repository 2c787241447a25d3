"""Collects distinct sentences from a grammar and splits them into the parts of a corpus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .entries import Grammar, GrammarError, Pattern, RejectedError
from .expand import Expander, Sentence

SIZES = {"train": 20_000, "valid": 500, "test": 500}
MIN_USES = 8  # how often every word of the lexicon occurs in the training part
MIN_FORMS = 4  # how often every inflected form of a held-out sentence stays in training
MIN_PATTERN = 50  # sentences of rarer patterns are all used for training
_WORD = re.compile(r"[\w'-]+")
_ATTEMPTS = 25  # draws for one sentence before a pattern loses its turn
_LOST_TURNS = 6  # lost turns in a row before a pattern counts as used up
_RESERVE = 500  # sentences kept free for words that have come up too rarely
_RARE_DRAWS = 1000  # draws for each rare word


def normalize(text: str) -> str:
    """The form in which two sentences count as the same: case and spaces do not matter."""
    return " ".join(text.lower().split())


class Collector:
    """Collects distinct sentences, pattern by pattern in turn."""

    def __init__(self, grammar: Grammar, seed: int, excluded: Sequence[tuple[str, str]]) -> None:
        self.grammar = grammar
        self.expander = Expander(grammar, seed)
        self.sentences: list[Sentence] = []
        self._patterns = {pattern.name: pattern for pattern in grammar.patterns}
        self._translations: dict[str, str] = {}
        self._seen_de = {normalize(german) for german, _ in excluded}
        self._seen_en = {normalize(english) for _, english in excluded}

    def collect(self, count: int) -> list[Sentence]:
        """Give every pattern its turns until there are `count` sentences."""
        self._collect_in_turn(count - _RESERVE)
        self._top_up(count)
        self._collect_in_turn(count)
        return self.sentences

    def _collect_in_turn(self, count: int) -> None:
        credit = dict.fromkeys(self._patterns, 0.0)
        lost = dict.fromkeys(self._patterns, 0)
        while len(self.sentences) < count:
            if all(turns >= _LOST_TURNS for turns in lost.values()):
                raise GrammarError(f"the grammar is used up after {len(self.sentences)} sentences")
            for name, pattern in self._patterns.items():
                credit[name] += pattern.weight
                while credit[name] >= 1 and lost[name] < _LOST_TURNS:
                    credit[name] -= 1
                    lost[name] = 0 if self._add_one(pattern) else lost[name] + 1
        del self.sentences[count:]

    def _top_up(self, count: int) -> None:
        """Draw more sentences with the words that have come up too rarely."""
        uses = word_uses(self.grammar, self.sentences)
        homes: dict[str, list[str]] = {}
        for sentence in self.sentences:
            for where in sentence.used:
                homes.setdefault(where, []).append(sentence.pattern)
        for entry in self.grammar.entries():
            names = sorted(set(homes.get(entry.where, [])))
            missing = MIN_USES + 3 - uses[(entry.de, entry.en)]
            for draw in range(_RARE_DRAWS if names else 0):
                if missing <= 0 or len(self.sentences) >= count:
                    break
                missing -= self._add_with(self._patterns[names[draw % len(names)]], entry.where)

    def _add_with(self, pattern: Pattern, where: str) -> bool:
        """Add one sentence of the pattern, if a single draw gives one that uses the entry."""
        try:
            sentence = self.expander.draw(pattern)
        except RejectedError:
            return False
        return where in sentence.used and self._add(sentence)

    def _add_one(self, pattern: Pattern) -> bool:
        for _ in range(_ATTEMPTS):
            try:
                sentence = self.expander.draw(pattern)
            except RejectedError:
                continue
            if self._add(sentence):
                return True
        return False

    def _add(self, sentence: Sentence) -> bool:
        if not self._is_new(sentence):
            return False
        self.expander.accept(sentence)
        self.sentences.append(sentence)
        return True

    def _is_new(self, sentence: Sentence) -> bool:
        known = self._translations.setdefault(sentence.de, sentence.en)
        if known != sentence.en:
            raise GrammarError(
                f"'{sentence.de}' has two translations: '{known}' and '{sentence.en}' "
                f"(pattern {sentence.pattern})"
            )
        german, english = normalize(sentence.de), normalize(sentence.en)
        if german in self._seen_de or english in self._seen_en:
            return False
        self._seen_de.add(german)
        self._seen_en.add(english)
        return True


def shuffled(sentences: Sequence[Sentence], expander: Expander) -> list[Sentence]:
    """A shuffled copy; random() alone is the same in every Python version."""
    result = list(sentences)
    for last in range(len(result) - 1, 0, -1):
        other = expander.pick(last + 1)
        result[last], result[other] = result[other], result[last]
    return result


def _word_forms(sentence: Sentence) -> list[tuple[str, str]]:
    """The distinct inflected words of both sides, told apart by side."""
    sides = (("de", sentence.de), ("en", sentence.en))
    return sorted({(side, word) for side, text in sides for word in _WORD.findall(text)})


def split(sentences: Sequence[Sentence], expander: Expander) -> dict[str, list[Sentence]]:
    """Hold out validation and test sentences whose words all stay frequent in training."""
    uses = Counter(where for sentence in sentences for where in sentence.used)
    forms = Counter(form for sentence in sentences for form in _word_forms(sentence))
    patterns = Counter(sentence.pattern for sentence in sentences)
    wanted = SIZES["valid"] + SIZES["test"]
    held_out: list[Sentence] = []
    train: list[Sentence] = []
    for sentence in shuffled(sentences, expander):
        own_forms = _word_forms(sentence)
        frequent = all(uses[where] > MIN_USES + 1 for where in sentence.used) and all(
            forms[form] > MIN_FORMS for form in own_forms
        )
        if len(held_out) < wanted and frequent and patterns[sentence.pattern] >= MIN_PATTERN:
            held_out.append(sentence)
            uses.subtract(sentence.used)
            forms.subtract(own_forms)
        else:
            train.append(sentence)
    return {
        "train": train,
        "valid": held_out[: SIZES["valid"]],
        "test": held_out[SIZES["valid"] :],
    }


def word_uses(grammar: Grammar, sentences: Sequence[Sentence]) -> Counter[tuple[str, str]]:
    """How often each word with its translation is used; a word may stand in several classes."""
    lines = Counter(where for sentence in sentences for where in sentence.used)
    uses: Counter[tuple[str, str]] = Counter()
    for entry in grammar.entries():
        uses[(entry.de, entry.en)] += lines[entry.where]
    return uses


def check_coverage(grammar: Grammar, train: Sequence[Sentence]) -> None:
    """Every lexical entry must be learnable from the training part."""
    uses = word_uses(grammar, train)
    for entry in grammar.entries():
        count = uses[(entry.de, entry.en)]
        if count < MIN_USES:
            raise GrammarError(f"{entry.where}: '{entry.de}' occurs only {count} times in training")
