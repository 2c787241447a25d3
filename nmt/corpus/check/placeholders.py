"""Placeholders, links and e-mail addresses, which a translation must carry over unchanged."""

import re
from collections import Counter

from nmt.corpus.check.fault import Finding, Side
from nmt.corpus.sentence_pair import SentencePair

# Named and positional ones of common formats. "100 %", "5%ig", "$60" and "{or else}" are none.
PLACEHOLDER = re.compile(
    r"""
      \$?\{\{?\s?[A-Za-z_]?[\w.]*(?:\[\w+\])?(?:![rsa])?(?::[\w.,<>^%+-]*)?\s?\}\}?  # {0} {{x}}
    | %\(\w+\)[sdifrx]                            # %(name)s
    | %\d{1,2}\$[-+]?\d*(?:\.\d+)?l?[sdifgux@]    # %1$s
    | (?<![\w%)\]]) %[-+]?(?:\d*\.\d+)?l?[sdifgu@](?![\w%])   # %s %.2f
    | (?<![\w%)\]]) %[A-Z][A-Z_]{2,}%?            # %NAME%
    | __[A-Z][A-Z\d]*(?:_[A-Z\d]+)*__             # __URL__
    | @@[A-Za-z]\w*@@                              # @@name@@
    | \[\[\d+\]\]                                 # [[1]]
    | <(?:x|g|ph|bx|ex)\s+id\s?=\s?"?\w+"?\s?/?>  # <x id="1"/>
    """,
    re.VERBOSE | re.ASCII,
)
# Those that stand for the next argument: "%s" for the first is "%1$s", "{}" is "{0}".
NEXT_PRINTF = re.compile(r"%(?=[-+.\dl]*[sdifgu@]\Z)", re.ASCII)
NEXT_FORMAT = re.compile(r"\{(?=[:!}])", re.ASCII)
LINK = re.compile(r"(?:https?://|www\.)[\w.-]+", re.IGNORECASE)
MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def find_placeholder_mismatch(pair: SentencePair) -> list[Finding]:
    """Placeholders, and links or addresses ("url"), that the two sides do not share."""
    source, target, _ = pair
    findings: list[Finding] = []
    both = f"{source}\n{target}"
    if "{" in both or "%" in both or "__" in both or "@@" in both or "[[" in both or "<" in both:
        findings.extend(_placeholders(source, target))
    if "@" in both or "://" in both or "www." in both:
        findings.extend(_links(source, target))
    return findings


def _placeholders(source: str, target: str) -> list[Finding]:
    """The finding of two sides with different placeholders, in any order."""
    written = [
        [re.sub(r"\s", "", match[0]) for match in PLACEHOLDER.finditer(text)]
        for text in (source, target)
    ]
    found = [Counter(side) for side in written]
    if found[0] == found[1] or Counter(_numbered(written[0])) == Counter(_numbered(written[1])):
        return []
    missing, added = found[0] - found[1], found[1] - found[0]
    side: Side = "both" if missing and added else "source" if missing else "target"
    if missing and added:
        detail = f"the source has {_list(missing)}, the target {_list(added)}"
    else:
        detail = f"only the {side} has {_list(missing or added)}"
    return [Finding("placeholder_mismatch", "placeholder", side, detail)]


def _numbered(placeholders: list[str]) -> list[str]:
    """Placeholders, each with the number of the argument that it stands for."""
    numbered, printf, formatted = list[str](), 0, 0
    for one in placeholders:
        if NEXT_PRINTF.match(one):
            printf += 1
            one = f"%{printf}${one[1:]}"
        elif NEXT_FORMAT.match(one):
            one = f"{{{formatted}{one[1:]}"
            formatted += 1
        numbered.append(one)
    return numbered


def _links(source: str, target: str) -> list[Finding]:
    """The finding of two sides that link to different sites, or write to different addresses."""
    left, right = _sites(source), _sites(target)
    missing, added = left - right, right - left
    if not (missing and added):
        return []
    detail = f"the source has {_list(missing)}, the target {_list(added)}"
    return [Finding("placeholder_mismatch", "url", "both", detail)]


def _sites(text: str) -> Counter[str]:
    """The sites linked to, and the addresses; the same page may differ by language."""
    sites = [re.sub(r"^(?:https?://)?(?:www\.)?", "", m[0].lower()) for m in LINK.finditer(text)]
    return Counter([*(site.rstrip(".-") for site in sites), *map(str.lower, MAIL.findall(text))])


def _list(found: Counter[str]) -> str:
    """Some placeholders, with their number where it is not one."""
    return ", ".join(f"{what} ({n} times)" if n > 1 else what for what, n in found.items())
