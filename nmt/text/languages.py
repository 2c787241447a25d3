"""Language tags, compared as people write them: de, deu, ger, de-DE and DE_de are one language."""

import langcodes
from langcodes.data_dicts import MACROLANGUAGES
from langcodes.tag_parser import LanguageTagError

SOURCE_TARGET = "write it as SOURCE-TARGET, such as de-en or pt-BR-en"


def base_language(tag: str) -> str | None:
    """The language alone ("swa" and "swh" are "sw", "de-AT" is "de"); None of what is no tag."""
    try:
        language = langcodes.Language.get(langcodes.standardize_tag(tag.strip(), macro=True))
    except LanguageTagError:
        return None
    return language.language


def is_language(tag: str) -> bool:
    """Whether a standard has this language (and script and region): "deu" and "pt-BR", not "xx"."""
    try:
        return langcodes.Language.get(tag.strip()).is_valid()
    except LanguageTagError:
        return False


def split_languages(pair: str) -> tuple[str, str] | None:
    """The two tags of "de-en" or "pt-BR-en"; None when it is not clear which they are.

    Capitals tell where "en-pt-BR" divides: languages are in small letters, regions in capitals.
    """
    tags = pair.split("-")
    if len(tags) < 2 or not all(tags):
        return None
    splits = [("-".join(tags[:i]), "-".join(tags[i:])) for i in range(1, len(tags))]
    if len(splits) == 1:
        return splits[0]  # whatever they are: corpora are in languages that no standard has, too
    known = [split for split in splits if all(is_language(t) and _is_usual(t) for t in split)]
    return known[0] if len(known) == 1 else None


def _is_usual(tag: str) -> bool:
    """Whether capitals are where they usually are: in the two letters of a region alone."""
    language, *others = tag.split("-")
    return language.islower() and all(other.isupper() for other in others if len(other) == 2)


def same_language(left: str, right: str) -> bool:
    """Whether two tags mean one language, whatever their script and region."""
    base = base_language(left)
    same_base = base is not None and base == base_language(right)
    return same_base or left.strip().casefold() == right.strip().casefold()


def macrolanguage(tag: str) -> str | None:
    """The language with its near kin, by ISO 639-3: hr, bs and sr are "sh", yue and cmn "zh".

    A language without such kin is itself, so "de-AT" is "de". None of what is no tag.
    """
    base = base_language(tag)
    return MACROLANGUAGES.get(base, base) if base else None
