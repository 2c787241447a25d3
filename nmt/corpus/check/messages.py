"""What each fault means and what to do about it, in a line, and how bad it is.

A message is a format string over count (pairs concerned), pairs (of the whole corpus), share (of
them), line (the first) and file. 'error' ruins a model or its evaluation, 'warning' should be
removed, 'note' is worth knowing and is no fault.
"""

from typing import NamedTuple

from nmt.corpus.check.fault import Kind, Severity


class Message(NamedTuple):
    """The severity of a fault and the line that explains it."""

    severity: Severity
    text: str


def _found(severity: Severity, what: str, advice: str) -> Message:
    """The message of what is found in single pairs."""
    return Message(severity, f"{what} in {{count}} of {{pairs}} pairs ({{share}}): {advice}")


# By kind and reason; the reason "" stands for all of a kind that are not listed.
MESSAGES: dict[tuple[Kind, str], Message] = {
    ("unequal_counts", ""): Message("error",
        "the two sides differ in their number of lines, so that lines after a gap meet the wrong "
        "translations; find the missing or divided line near line {line} and mend it"),
    ("unreadable", ""): Message("error",
        "{file} cannot be read from line {line} on; convert it to UTF-8 (iconv), or copy it again"
        " if it is cut off"),
    ("misalignment", ""): Message("error",
        "from line {line} on, lines do not translate each other ({count} pairs): a line was lost,"
        " added or divided there on one side; mend that line, and the rest falls into place"),
    ("misalignment", "shifted"): Message("error",
        "from line {line} on, each line meets its neighbour's translation ({count} pairs): a line"
        " was lost or added there on one side; mend that line, and the rest falls into place"),
    ("misalignment", "shuffled"): Message("error",
        "the lines of the two sides do not belong together ({count} of {pairs} pairs): one side "
        "was sorted or shuffled alone; make the corpus anew from its origin"),
    ("wrong_language", ""): _found("warning", "another language than that of the corpus",
        "remove them, for a model learns to answer in it"),
    ("wrong_language", "untranslated"): _found(
        "warning", "one side is in the language of the other",
        "left untranslated; remove them, for a model learns to copy"),
    ("wrong_language", "mixed_languages"): _found("warning", "a part is in the other language",
        "left untranslated or quoted; look at the examples, then remove them"),
    ("wrong_language", "declared_otherwise"): Message("error",
        "{file} is not in the language that it is said to be in; check the files and --languages"),
    ("wrong_language", "unknown_tag"): Message("note",
        "no standard has a language of this name, so the text is not compared with it; if the"
        " language has a code, such as de, deu or pt-BR, use that"),
    ("wrong_language", "same_language"): Message("error",
        "both sides are in the same language; check that you named the right two files"),
    ("swapped_sides", ""): _found("warning", "source and target changed places",
        "swap them back or remove them"),
    ("swapped_sides", "whole_corpus"): Message("error",
        "the source side is in the target language and the other way round; exchange --source and"
        " --target"),
    ("swapped_sides", "in_part"): Message("error",
        "in a part of the corpus, source and target changed places; find where files were joined, "
        "and swap that part back"),
    ("empty", ""): _found("warning", "no text on one side",
        "remove them (training leaves them out anyway)"),
    ("empty", "source"): _found("warning", "no source text",
        "remove them, and look whether a neighbouring line was divided"),
    ("empty", "target"): _found("warning", "no translation",
        "remove them, and look whether a neighbouring line was divided"),
    ("empty", "both"): _found("note", "both sides are empty",
        "gaps between paragraphs, perhaps; they are harmless, training leaves them out"),
    ("identical", ""): _found("warning", "source and target are the same sentence",
        "left untranslated; remove them, for a model learns to copy"),
    ("identical", "nearly_identical"): _found(
        "warning", "source and target differ in case, punctuation or spaces only",
        "left untranslated; remove them, for a model learns to copy"),
    ("duplicate", ""): Message("warning",
        "{count} of {pairs} pairs ({share}) repeat an earlier pair; keep one of each, unless the "
        "repetition is meant as a weight"),
    ("duplicate", "normalized"): Message("note",
        "{count} of {pairs} pairs ({share}) repeat an earlier pair but for case, punctuation or "
        "spaces; one of each teaches as much"),
    ("near_duplicate", ""): Message("note",
        "{count} of {pairs} pairs ({share}) are almost the same as an earlier pair; they add "
        "little, and must not stand in both training and test data"),
    ("one_to_many", ""): _found("note", "one sentence has several translations",
        "that is natural in small numbers, but look at the most frequent ones"),
    ("overlap", ""): Message("error",
        "{count} of {pairs} held-out pairs ({share}) are in the training data too, so scores will"
        " be better than the model is; remove them from the training data"),
    ("overlap", "source"): Message("warning",
        "the source of {count} of {pairs} held-out pairs ({share}) is in the training data, with "
        "another translation; remove it there for an honest score"),
    ("overlap", "target"): Message("note",
        "the target of {count} of {pairs} held-out pairs ({share}) is in the training data, with "
        "another source; common with short sentences"),
    ("overlap", "short"): Message("note",
        "{count} of {pairs} held-out pairs ({share}) share a sentence of a few words with the "
        "training data; hardly to be avoided"),
    ("length_ratio", ""): _found("warning", "one side is far longer than the other",
        "a part is not translated, or two sentences meet one; remove or complete them"),
    ("length_ratio", "source_too_long"): _found(
        "warning", "the source is far too long for its target",
        "a part is left untranslated; remove or complete them"),
    ("length_ratio", "target_too_long"): _found(
        "warning", "the target is far too long for its source",
        "it says more than the source; remove or divide them"),
    ("length", ""): _found("warning", "unusual lengths",
        "look at the examples"),
    ("length", "long_line"): _found("warning", "lines of thousands of characters",
        "whole texts, or a quotation mark that swallowed line ends; divide them into sentences"),
    ("length", "long_word"): _found("warning", "words of more than a hundred characters",
        "addresses, encoded data or lost spaces; remove them"),
    ("length", "no_letters"): _found("warning", "one side has signs only where the other has words",
        "remove them"),
    ("encoding", ""): _found("warning", "damaged characters",
        "mend or remove them"),
    ("encoding", "mojibake"): _found("warning", 'text decoded wrongly, such as "Ã¼" for "ü",',
        "convert it again from its origin, or remove the pairs"),
    ("encoding", "windows_1252"): _found(
        "warning", "quotation marks and dashes of Windows-1252 read as control characters",
        "convert from windows-1252 instead of latin-1"),
    ("encoding", "replacement_character"): _found("warning", "characters were lost (U+FFFD)",
        "only the origin still has them: convert it again, or remove the pairs"),
    ("encoding", "lost_letters"): _found("warning", "question marks stand for letters",
        "only the origin still has them: convert it again (sentences with a single one, which may "
        "be right, are not counted)"),
    ("encoding", "control_character"): _found("warning", "control characters",
        "they carry no text: remove the characters"),
    ("encoding", "private_use"): _found(
        "warning", "characters of private use, which mean something in one font only,",
        "replace or remove them"),
    ("encoding", "noncharacter"): _found("warning", "code points that are no characters",
        "remove them"),
    ("encoding", "surrogate"): _found("warning", "halves of characters (surrogates)",
        "no file can hold them: convert the text again from its origin"),
    ("encoding", "byte_order_mark"): Message("note",
        "byte-order marks inside the text of {count} of {pairs} pairs ({share}), left where files"
        " were joined; remove the characters"),
    ("encoding", "invisible_character"): _found(
        "note", "invisible characters (soft hyphens, zero-width spaces)",
        "they make two words of one that looks the same: remove the characters"),
    ("encoding", "direction_mark"): _found(
        "note", "marks of writing direction in text that has one direction only,",
        "remove the characters"),
    ("separator", ""): _found(
        "warning", "characters that other programs take for the end of a line",
        "replace them by spaces, or such programs shift all lines below"),
    ("separator", "tab"): _found("note", "tabs",
        "replace them by spaces before you make a table of the corpus"),
    ("unicode_form", ""): _found("note", "another Unicode form than the rest",
        "nmt normalizes, but other programs see two spellings of one word"),
    ("unicode_form", "decomposed"): _found(
        "note", "letters and accents apart (NFD), unlike the rest,",
        "nmt normalizes, but other programs see two spellings of one word"),
    ("unicode_form", "composed"): _found(
        "note", "letters and accents as one character (NFC), unlike the rest,",
        "nmt normalizes, but other programs see two spellings of one word"),
    ("markup", ""): Message("warning",
        "markup in the text of {count} of {pairs} pairs ({share}); remove it, or a model learns "
        "to write it"),
    ("markup", "tags"): _found("warning", "HTML or XML tags, the same on both sides,",
        "remove them, unless your input will have them too"),
    ("markup", "different_tags"): Message("warning",
        "HTML or XML tags that differ between the sides of {count} of {pairs} pairs ({share}); "
        "remove the tags, or the pairs"),
    ("markup", "entities"): _found("warning", "character entities such as &quot;",
        "turn them back into characters, or translations will hold them"),
    ("markup", "wiki"): _found("warning", "wiki markup",
        "remove it, or a model learns to write it"),
    ("markup", "latex"): _found("note", "LaTeX commands",
        "remove them, unless your input will have them too"),
    ("markup", "subword_marks"): _found(
        "warning", "text divided into subwords already (\"@@ \" or \"▁\")",
        "join it again, for nmt divides raw text itself"),
    ("placeholder_mismatch", ""): Message("warning",
        "placeholders such as {{0}} or %s that differ between the sides of {count} of {pairs} "
        "pairs ({share}); mend or remove them, or translations will lose them"),
    ("placeholder_mismatch", "url"): Message("note",
        "links or e-mail addresses that differ between the sides of {count} of {pairs} pairs "
        "({share}); look whether these pairs belong together"),
    ("number_mismatch", ""): Message("warning",
        "numbers that differ between the sides of {count} of {pairs} pairs ({share}): misprints, "
        "or sentences that do not belong together; mend or remove them"),
    ("script", ""): _found("warning", "letters of another script than the language is written in,",
        "look at the examples, then mend or remove them"),
    ("vocabulary", ""): Message("note",
        "{count} of {pairs} pairs ({share}) have words or characters that occur hardly anywhere "
        "else; look at the examples"),
}  # fmt: skip


def message_of(kind: Kind, reason: str) -> Message:
    """The message of a kind and a reason; of the kind alone if the reason is not listed."""
    return MESSAGES.get((kind, reason)) or MESSAGES[kind, ""]
