"""Language tags, compared as people write them: de, deu, ger, de-DE and DE_de are one language."""

import langcodes
from langcodes.data_dicts import MACROLANGUAGES
from langcodes.tag_parser import LanguageTagError


def base_language(tag: str) -> str | None:
    """The language alone ("swa" and "swh" are "sw", "de-AT" is "de"); None of what is no tag."""
    try:
        language = langcodes.Language.get(langcodes.standardize_tag(tag.strip(), macro=True))
    except LanguageTagError:
        return None
    return language.language


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
