"""Faults of single pairs, made by hand: what goes wrong in a German-English corpus, and its name.

Most damage any pair they are given; where the text matters, the fault brings its own pair.
"""

import unicodedata
from collections.abc import Callable
from typing import NamedTuple

Pair = tuple[str, str]


class PairFault(NamedTuple):
    """What is done to a pair, and what has to be found there."""

    kind: str
    reason: str
    damage: Callable[[str, str], Pair]


GREETING: Pair = (
    "Schöne Grüße aus Österreich: für Jürgen wäre es überall kälter.",
    "Many greetings from Austria: it would be colder everywhere for Jürgen’s aunt.",
)
MARKET: Pair = (
    "Ich kaufe morgen früh auf dem Markt frisches Brot und etwas Käse.",
    "Early tomorrow I will buy fresh bread and some cheese at the market.",
)
OTHER_LANGUAGES = {
    "French": "Demain matin je vais acheter du pain frais et du fromage au marché du village.",
    "Spanish": "Mañana por la mañana voy a comprar pan fresco y un poco de queso en el mercado.",
    "Italian": "Domani mattina compro il pane fresco e un po' di formaggio al mercato del paese.",
    "Dutch": "Morgenochtend koop ik op de markt vers brood en ook nog een beetje lekkere kaas.",
    "Swedish": "I morgon bitti köper jag färskt bröd och lite ost på torget i den lilla staden.",
}
OTHER_SCRIPTS = {
    "Russian": "Завтра утром я куплю на рынке свежий хлеб и немного сыра.",
    "Greek": "Αύριο το πρωί θα αγοράσω φρέσκο ψωμί και λίγο τυρί στην αγορά.",
    "Arabic": "غدا صباحا سأشتري خبزا طازجا وبعض الجبن من السوق.",
    "Hebrew": "מחר בבוקר אקנה בשוק לחם טרי וקצת גבינה.",
    "Chinese": "明天早上我会在市场买新鲜的面包和一些奶酪。",
    "Japanese": "明日の朝、市場で焼きたてのパンとチーズを少し買います。",
    "Korean": "내일 아침에 시장에서 신선한 빵과 치즈를 조금 살 거예요.",
    "Hindi": "कल सुबह मैं बाज़ार से ताज़ी रोटी और थोड़ा पनीर खरीदूँगा।",
    "Thai": "พรุ่งนี้เช้าฉันจะซื้อขนมปังสดและชีสที่ตลาด",
}


def misread(text: str, encoding: str, times: int = 1) -> str:
    """UTF-8 taken for another encoding, once or several times."""
    for _ in range(times):
        text = text.encode("utf-8").decode(encoding, "replace" if encoding == "cp437" else "strict")
    return text


def source(text: Callable[[str], str]) -> Callable[[str, str], Pair]:
    """Damage the source alone."""
    return lambda german, english: (text(german), english)


def target(text: Callable[[str], str]) -> Callable[[str, str], Pair]:
    """Damage the target alone."""
    return lambda german, english: (german, text(english))


def pair(german: str, english: str) -> Callable[[str, str], Pair]:
    """Put another pair in the place of the one that is there."""
    return lambda _german, _english: (german, english)


def within(text: str, inserted: str) -> str:
    """Put something into the middle of a word."""
    at = text.rindex(" ", 0, len(text) - 4) + 2
    return text[:at] + inserted + text[at:]


def _insertions(kind: str, reasons: dict[str, tuple[str, ...]]) -> dict[str, PairFault]:
    """Characters that no line should hold, in the source and the target by turns."""
    faults = {}
    for reason, characters in reasons.items():
        for number, character in enumerate(characters):
            side = (source, target)[number % 2]
            damage = side(lambda text, character=character: within(text, character))
            faults[f"{reason} U+{ord(character[0]):04X}"] = PairFault(kind, reason, damage)
    return faults


PAIR_FAULTS: dict[str, PairFault] = {
    "no source": PairFault("empty", "source", source(lambda text: "")),
    "no target": PairFault("empty", "target", target(lambda text: "")),
    "target of spaces": PairFault("empty", "target", target(lambda text: "   ")),
    "source of ideographic spaces": PairFault("empty", "source", source(lambda text: "\u3000 ")),
    "target of zero-width spaces": PairFault("empty", "target", target(lambda t: "\u200b\u200b")),
    "both sides empty": PairFault("empty", "both", pair("", "")),
    "target copied": PairFault("identical", "identical", pair(MARKET[0], MARKET[0])),
    "source copied": PairFault("identical", "identical", pair(MARKET[1], MARKET[1])),
    "copy in capitals": PairFault(
        "identical", "nearly_identical", pair(MARKET[0], MARKET[0].upper())
    ),
    "copy without punctuation": PairFault(
        "identical", "nearly_identical", pair(GREETING[0], GREETING[0].replace(":", "")[:-1])
    ),
    "target six times": PairFault("length_ratio", "target_too_long", target(lambda t: f"{t} " * 6)),
    "source six times": PairFault("length_ratio", "source_too_long", source(lambda t: f"{t} " * 6)),
    "target cut to a word": PairFault("length_ratio", "source_too_long", pair(MARKET[0], "Early")),
    "line of a whole book": PairFault(
        "length", "long_line", lambda german, english: (f"{german} " * 200, f"{english} " * 200)
    ),
    "word without an end": PairFault("length", "long_word", target(lambda t: f"{t} {'ab' * 80}")),
    "base64 data": PairFault("length", "long_word", source(lambda t: f"{t} {'QmFzZTY0IGR' * 12}")),
    "dots for a target": PairFault("length", "no_letters", target(lambda t: "...")),
    "dashes for a source": PairFault("length", "no_letters", source(lambda t: "-- -- --")),
    "UTF-8 read as Windows-1252": PairFault(
        "encoding", "mojibake", pair(misread(GREETING[0], "cp1252"), GREETING[1])
    ),
    "UTF-8 read as Latin-1": PairFault(
        "encoding", "mojibake", pair(misread(GREETING[0], "latin-1"), GREETING[1])
    ),
    "UTF-8 misread twice": PairFault(
        "encoding", "mojibake", pair(misread(GREETING[0], "latin-1", 2), GREETING[1])
    ),
    "UTF-8 read as Mac Roman": PairFault(
        "encoding", "mojibake", pair(misread(GREETING[0], "mac_roman"), GREETING[1])
    ),
    "UTF-8 read as code page 437": PairFault(
        "encoding", "mojibake", pair(misread(GREETING[0], "cp437"), GREETING[1])
    ),
    "UTF-8 read as code page 1250": PairFault(
        "encoding", "mojibake", pair(misread("Grüße an Jürgen für die schönen Blumen.", "cp1250"),
                                     "Greetings to Jürgen for the beautiful flowers.")
    ),
    "apostrophe misread in the target": PairFault(
        "encoding", "mojibake", pair(GREETING[0], GREETING[1].replace("’", misread("’", "cp1252")))
    ),
    "letters lost to question marks": PairFault(
        "encoding", "lost_letters", pair("Sch?ne Gr??e, es w?re f?r J?rgen k?lter.", GREETING[1])
    ),
    "quotes of Windows-1252": PairFault(
        "encoding", "windows_1252", target(lambda text: f"\x93{text}\x94")
    ),
    "dash of Windows-1252": PairFault(
        "encoding", "windows_1252", source(lambda text: text.replace(" ", " \x96 ", 1))
    ),
    **_insertions("encoding", {
        "replacement_character": ("\ufffd", "\ufffd\ufffd"),
        "control_character": ("\x00", "\x07", "\x1b", "\x7f", "\x08"),
        "private_use": ("\ue000", "\uf8ff", "\U000f0000"),
        "noncharacter": ("\ufdd0", "\uffff"),
        "byte_order_mark": ("\ufeff",),
        "invisible_character": ("\u200b", "\u2060", "\xad"),
        "direction_mark": ("\u202e", "\u200e"),
    }),
    **_insertions("separator", {
        "line_separator": ("\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r"),
        "tab": ("\t",),
    }),
    "source in NFD": PairFault(
        "unicode_form", "decomposed", pair(unicodedata.normalize("NFD", GREETING[0]), GREETING[1])
    ),
    "bold in the source": PairFault("markup", "different_tags", source(lambda t: f"<b>{t}</b>")),
    "link in the target": PairFault(
        "markup", "different_tags", target(lambda t: f'<a href="http://a.example">{t}</a>')
    ),
    "line breaks on both sides": PairFault(
        "markup", "tags", lambda german, english: (f"{german}<br/>", f"{english}<br/>")
    ),
    "entity &quot;": PairFault("markup", "entities", target(lambda t: f"&quot;{t}&quot;")),
    "entity &#39;": PairFault("markup", "entities", source(lambda t: f"&#39;{t}&#39;")),
    "torn entity": PairFault("markup", "entities", target(lambda t: f"{t} & quot ;")),
    "entity escaped twice": PairFault("markup", "entities", target(lambda t: f"{t} &amp;nbsp;")),
    "wiki link": PairFault("markup", "wiki", target(lambda t: f"[[House|{t}]]")),
    "wiki bold": PairFault("markup", "wiki", source(lambda t: f"'''{t}'''")),
    "wiki template": PairFault("markup", "wiki", source(lambda t: f"{t} {{{{cite|web}}}}")),
    "LaTeX command": PairFault("markup", "latex", target(lambda t: f"\\textbf{{{t}}}")),
    "subwords of BPE": PairFault("markup", "subword_marks", source(lambda t: within(t, "@@ "))),
    "subwords of SentencePiece": PairFault(
        "markup", "subword_marks", target(lambda t: "▁" + t.replace(" ", " ▁"))
    ),
    **{
        f"placeholder {mark} in the {('source', 'target')[number % 2]} only": PairFault(
            "placeholder_mismatch",
            "placeholder",
            (source, target)[number % 2](lambda text, mark=mark: f"{text} {mark}"),
        )
        for number, mark in enumerate(
            ("{0}", "{{name}}", "%s", "%(count)d", "%1$s", "__URL__", '<x id="1"/>', "%.2f", "${a}")
        )
    },
    "another placeholder": PairFault(
        "placeholder_mismatch", "placeholder", lambda s, t: (f"{s} {{user}}", f"{t} {{usr}}")
    ),
    "another link": PairFault(
        "placeholder_mismatch", "url",
        lambda s, t: (f"{s} https://eins.example.org", f"{t} https://two.example.com"),
    ),
    "another mail address": PairFault(
        "placeholder_mismatch", "url", lambda s, t: (f"{s} an@eins.example", f"{t} to@two.example")
    ),
    "another year": PairFault(
        "number_mismatch", "number", lambda s, t: (f"{s} Das war 1478.", f"{t} That was in 1892.")
    ),
    "another price": PairFault(
        "number_mismatch", "number", lambda s, t: (f"{s} 12.345,60 Euro", f"{t} 98,731.40 euros")
    ),
    **{
        f"{('target', 'source')[number % 2]} in {name}": PairFault(
            "script", "unexpected_script", (target, source)[number % 2](lambda _, text=text: text)
        )
        for number, (name, text) in enumerate(OTHER_SCRIPTS.items())
    },
    "Cyrillic letters among Latin ones": PairFault(
        "script", "mixed_script_word",
        pair(MARKET[0], MARKET[1].replace("a", "\u0430").replace("o", "\u043e")),
    ),
    **{
        f"{('source', 'target')[number % 2]} in {name}": PairFault(
            "wrong_language", "foreign", (source, target)[number % 2](lambda _, text=text: text)
        )
        for number, (name, text) in enumerate(OTHER_LANGUAGES.items())
    },
    "target in German, another sentence": PairFault(
        "wrong_language", "untranslated",
        pair(MARKET[0], "Wir haben gestern auf dem Bahnhof lange auf unsere Freunde gewartet."),
    ),
    "source in English, another sentence": PairFault(
        "wrong_language", "untranslated",
        pair("We waited a long time for our friends at the station yesterday.", MARKET[1]),
    ),
    "target half translated": PairFault(
        "wrong_language", "mixed_languages",
        pair(f"{MARKET[0]} Wir haben gestern lange am Bahnhof auf unsere Freunde gewartet.",
             f"{MARKET[1]} Wir haben gestern lange am Bahnhof auf unsere Freunde gewartet."),
    ),
    "sides exchanged": PairFault("swapped_sides", "swapped_pair", pair(MARKET[1], MARKET[0])),
    "long sides exchanged": PairFault(
        "swapped_sides", "swapped_pair", pair(GREETING[1], GREETING[0])
    ),
}  # fmt: skip
