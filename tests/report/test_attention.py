"""Heat maps are real pictures, of any translation that has attention weights."""

from pathlib import Path

import numpy as np
import pytest

from nmt.errors import ConfigError
from nmt.report.attention import save_heat_map
from nmt.translator import Alternative, Translation

PNG = b"\x89PNG\r\n\x1a\n"


def make_translation(source: tuple[str, ...], target: tuple[str, ...]) -> Translation:
    """A translation that attends to everything equally."""
    shape = (len(target) + 1, len(source) + 1)
    weights = np.full(shape, 1 / shape[1])
    text = "".join(target).replace("▁", " ").strip()
    return Translation("", text, 0.0, (Alternative(text, 0.0),), source, target, weights)


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height in pixels, from the header of a PNG."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def test_a_heat_map_is_a_png_in_a_folder_made_for_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "map.png"
    save_heat_map(make_translation(("▁Guten", "▁Tag"), ("▁Hel", "lo")), path)
    assert path.read_bytes().startswith(PNG)


def test_longer_sentences_get_more_room(tmp_path: Path) -> None:
    sizes = []
    for pieces in (10, 40):
        path = tmp_path / f"{pieces}.png"
        save_heat_map(make_translation(("▁a",) * pieces, ("▁b",) * pieces), path)
        sizes.append(size_of(path.read_bytes()))
    assert sizes[1][0] > 2 * sizes[0][0]
    assert sizes[1][1] > 2 * sizes[0][1]


def test_the_ending_chooses_the_format(tmp_path: Path) -> None:
    path = tmp_path / "map.svg"
    save_heat_map(make_translation(("▁Guten", "▁Tag"), ("▁Hello",)), path)
    assert "<svg" in path.read_text(encoding="utf-8")


def test_a_translation_without_weights_is_a_user_error(tmp_path: Path) -> None:
    plain = Translation("a", "b", 0.0, (Alternative("b", 0.0),))
    with pytest.raises(ConfigError, match="no attention weights"):
        save_heat_map(plain, tmp_path / "map.png")
    assert not (tmp_path / "map.png").exists()
