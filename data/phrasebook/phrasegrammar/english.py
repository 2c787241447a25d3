"""English inflection: a/an, plurals, and the verb forms that patterns ask for."""

from __future__ import annotations

from dataclasses import dataclass

_VOWELS = "aeiou"
_SOUNDS_LIKE_CONSONANT = ("uni", "eu", "use", "usu", "one ")
_SILENT_H = ("hour", "honest")
_DOUBLING = ("forget", "begin")
_SPECIAL = {
    "be": {"first": "am", "third": "is", "other": "are", "past1": "was", "past": "were"},
    "have": {"first": "have", "third": "has", "other": "have", "past1": "had", "past": "had"},
    "do": {"first": "do", "third": "does", "other": "do", "past1": "did", "past": "did"},
}


def indefinite_article(following: str) -> str:
    """'a' or 'an', by the sound that the following word begins with."""
    word = following.lower()
    if word.startswith(_SOUNDS_LIKE_CONSONANT):
        return "a"
    return "an" if word[0] in _VOWELS or word.startswith(_SILENT_H) else "a"


def plural(noun: str) -> str:
    """The regular plural of a noun."""
    if noun.endswith(("s", "sh", "ch", "x", "z")):
        return noun + "es"
    if noun.endswith("y") and noun[-2] not in _VOWELS:
        return noun[:-1] + "ies"
    return noun + "s"


@dataclass
class EnglishVerb:
    """An English verb: its base form, and past forms where they are irregular."""

    base: str
    past: str = ""
    participle: str = ""

    def _doubles(self) -> bool:
        word = self.base
        if word in _DOUBLING:
            return True
        groups = sum(
            1
            for i, letter in enumerate(word)
            if letter in _VOWELS and (i == 0 or word[i - 1] not in _VOWELS)
        )
        return (
            groups == 1
            and len(word) > 2
            and word[-1] not in _VOWELS + "wxyh"
            and word[-2] in _VOWELS
            and word[-3] not in _VOWELS
        )

    def third_person(self) -> str:
        """he reads, she watches, it flies."""
        if self.base in _SPECIAL:
            return _SPECIAL[self.base]["third"]
        return self.base + "es" if self.base.endswith("o") else plural(self.base)

    def progressive(self) -> str:
        """reading, making, swimming."""
        if self.base.endswith("ie"):
            return self.base[:-2] + "ying"
        if self.base.endswith("e") and not self.base.endswith(("ee", "be")):
            return self.base[:-1] + "ing"
        return self.base + (self.base[-1] if self._doubles() else "") + "ing"

    def _regular_past(self) -> str:
        if self.base.endswith("e"):
            return self.base + "d"
        if self.base.endswith("y") and self.base[-2] not in _VOWELS:
            return self.base[:-1] + "ied"
        return self.base + (self.base[-1] if self._doubles() else "") + "ed"

    def finite(self, first: bool, third: bool, past: bool = False) -> str:
        """The finite form for I (`first`), he/she/it (`third`) or any other subject."""
        if self.base in _SPECIAL:
            forms = _SPECIAL[self.base]
            if past:
                return forms["past1"] if first or third else forms["past"]
            return forms["first"] if first else forms["third"] if third else forms["other"]
        if past:
            return self.past or self._regular_past()
        return self.third_person() if third else self.base

    def past_participle(self) -> str:
        """eaten, visited."""
        return self.participle or self.past or self._regular_past()

    def negative(self, first: bool, third: bool, past: bool = False) -> str:
        """The contracted negation of be, have and do."""
        form = self.finite(first, third, past)
        return "am not" if form == "am" else form + "n't"
