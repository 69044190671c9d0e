from __future__ import annotations

import base64
import io
import threading

import numpy as np
import pytest
from PIL import Image

from dashboard.widgets import sprites
from dashboard.widgets.sprites import sprite_url


def test_sheets_that_differ_in_one_pixel_of_many_are_told_apart() -> None:
    images = np.zeros((700, 28, 28), np.uint8)  # more than Streamlit would hash in full
    first = sprite_url(images, 32)
    images[350, 5, 7] = 255
    second = sprite_url(images, 32)
    assert first != second
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(second.partition(",")[2]))))
    assert np.argwhere(sheet).tolist() == [[350 // 32 * 29 + 5, 350 % 32 * 29 + 7]]


def test_a_sheet_is_drawn_once_and_again_when_it_was_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(sprites, "MAX_SHEETS", 2)
    monkeypatch.setattr(sprites, "_drawn", lambda images, columns: drawn.append(int(images[0, 0, 0])) or "")
    for value in (201, 202, 201, 203, 201, 202):  # 203 drops 202, which was asked for before 201
        sprite_url(np.full((1, 28, 28), value, np.uint8), 1)
    assert drawn == [201, 202, 203, 202]
    assert len(sprites._sheets) == 2


def test_another_number_of_columns_is_another_sheet() -> None:
    images = np.arange(2 * 28 * 28, dtype=np.uint8).reshape(2, 28, 28)
    assert sprite_url(images, 1) != sprite_url(images, 2)


def test_many_threads_may_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sprites, "MAX_SHEETS", 3)
    monkeypatch.setattr(sprites, "_drawn", lambda images, columns: str(images[0, 0, 0]))
    wrong: list[object] = []

    def ask() -> None:
        for turn in range(300):
            value = turn % 7
            try:
                if (url := sprite_url(np.full((1, 2, 2), value, np.uint8), 1)) != str(value):
                    wrong.append(url)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(sprites._sheets) <= 3
