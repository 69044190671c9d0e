"""Files that are hardly photographs: each is read, or refused in one sentence."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.data.photographs.opening import WORK_SIDE, opened_photograph
from mnist_core.data.photographs.sheet import read_photograph
from mnist_core.errors import DatasetError


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def seven(mode: str = "L", *, ink: object = 20, paper: object = 240) -> Image.Image:
    image = Image.new(mode, (300, 200), paper)
    ImageDraw.Draw(image).line([(120, 50), (180, 50), (140, 150)], fill=ink, width=10)
    return image


def header_only(width: int, height: int) -> bytes:
    """A PNG that claims a size and has hardly any data: what a decompression bomb looks like before it is decoded."""
    chunk = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", chunk), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


REFUSED = {
    "empty": b"",
    "text": b"These are words, not pixels.",
    "SVG called PNG": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "PDF": b"%PDF-1.7 nothing",
    "one pixel": saved(Image.new("L", (1, 1))),
    "too narrow": saved(Image.new("L", (30_000, 40))),
    "bomb": header_only(30_000, 30_000),
    "cut off": saved(seven())[:200],
    "infinite": saved(Image.fromarray(np.where(np.asarray(seven()) < 100, np.float32(20), np.float32("inf"))), "TIFF"),
    "minus infinite": saved(Image.fromarray(np.full((200, 300), -np.inf, np.float32)), "TIFF"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_photograph_is_refused_in_words(name: str) -> None:
    with pytest.raises(DatasetError) as caught:
        opened_photograph(REFUSED[name])
    assert str(caught.value).endswith(".")
    assert "Expected" in str(caught.value)


def sixteen_bit() -> bytes:
    values = np.asarray(seven(), np.uint16) * 257
    return saved(Image.fromarray(values))


READ = {
    "1 bit": saved(seven("1", ink=0, paper=1)),
    "grey": saved(seven()),
    "colour": saved(seven("RGB", ink=(20, 20, 90), paper=(240, 240, 230))),
    "transparent": saved(seven("RGBA", ink=(20, 20, 20, 255), paper=(0, 0, 0, 0))),
    "palette": saved(seven().convert("P")),
    "16 bit": sixteen_bit(),
    "CMYK": saved(seven("RGB", ink=(20, 20, 90), paper=(240, 240, 230)).convert("CMYK"), "JPEG"),
    "float": saved(Image.fromarray(np.asarray(seven(), np.float32) / 255), "TIFF"),
    "large float": saved(Image.fromarray(np.asarray(seven(), np.float32) * np.float32(1e36)), "TIFF"),
    "WebP": saved(seven("RGB", ink=(20, 20, 90), paper=(240, 240, 230)), "WEBP"),
    "inverted": saved(seven(ink=240, paper=20)),
}


@pytest.mark.parametrize("name", READ)
def test_every_kind_of_picture_is_read(name: str) -> None:
    sheet = read_photograph(READ[name])
    (found,) = sheet.digits
    assert abs(found.box.left - 115) <= 8
    assert abs(found.box.bottom - 153) <= 8


def test_of_an_animation_the_first_frame_is_read_and_said() -> None:
    frames = [Image.new("L", (300, 200), 240)] * 2
    data = saved(seven(), "GIF", save_all=True, append_images=frames)
    sheet = read_photograph(data)
    assert len(sheet.digits) == 1
    assert len(sheet.notes) == 1


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photograph_is_turned_as_its_exif_data_say(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn by a quarter to the right
    grey, _ = opened_photograph(saved(seven(), kind, exif=exif))
    assert grey.shape == (300, 200)
    expected = np.asarray(seven().transpose(Image.Transpose.ROTATE_270), float)
    assert np.abs(grey - expected).mean() < 3


def test_a_large_jpeg_is_made_smaller_while_it_is_decoded() -> None:
    grey, _ = opened_photograph(saved(Image.new("RGB", (6000, 5000), (200, 200, 200)), "JPEG"))
    assert max(grey.shape) == WORK_SIDE
