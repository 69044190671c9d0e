from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from mnist_core.data.dataset import Dataset
from mnist_core.data.imports.picture_zip import is_unsafe, open_picture, read_zip_upload
from mnist_core.data.imports.uploads import Upload
from mnist_core.errors import DatasetError


def test_pictures_get_the_label_of_their_folder(sample: Dataset, picture, zip_upload):
    members = {
        f"my digits/{label}/{i}.png": picture(image)
        for i, (image, label) in enumerate(zip(sample.test.images[:40], sample.test.labels[:40], strict=True))
    }
    reading = read_zip_upload(zip_upload(members))
    assert np.array_equal(reading.images.images, sample.test.images[:40])
    assert np.array_equal(reading.images.labels, sample.test.labels[:40])
    assert reading.test is None
    assert reading.notes == ()


def test_train_and_test_folders_make_the_splits(sample: Dataset, picture, zip_upload):
    images = sample.test.images
    members = {f"train/{i % 10}/{i}.png": picture(images[i]) for i in range(20)}
    members |= {f"test/{i % 10}/{i}.png": picture(images[i]) for i in range(20, 30)}
    reading = read_zip_upload(zip_upload(members))
    assert reading.test is not None
    assert np.array_equal(reading.images.images, images[:20])
    assert np.array_equal(reading.test.images, images[20:30])


def test_system_files_are_ignored_and_other_files_are_counted(picture, zip_upload, sample: Dataset):
    image = picture(sample.test.images[0])
    extra = {"3/": b"", "__MACOSX/3/._a.png": b"x", "3/.DS_Store": b"x", "3/Thumbs.db": b"x", "readme.txt": b"x"}
    reading = read_zip_upload(zip_upload({"3/a.PNG": image, **extra}))
    assert reading.images.labels.tolist() == [3]
    assert len(reading.notes) == 1
    assert reading.notes[0].startswith("1 file that is not a picture")


def ring(side: int = 56) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    radius = np.hypot(x, y)
    return np.where((radius > side * 0.2) & (radius < side * 0.3), 255, 0).astype(np.uint8)


def converted(data: bytes, zip_upload, suffix: str = "png") -> np.ndarray:
    return read_zip_upload(zip_upload({f"0/a.{suffix}": data})).images.images[0]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_png_of_every_mode_looks_the_same(mode: str, picture, zip_upload):
    reference = converted(picture(ring()), zip_upload)
    data = picture(ring().astype(np.uint16) * 257) if mode == "I;16" else picture(ring(), mode=mode)
    assert np.abs(converted(data, zip_upload).astype(int) - reference).max() <= 1


def test_jpeg_and_bmp_and_cmyk_are_read(picture, zip_upload):
    reference = converted(picture(ring()), zip_upload).astype(int)
    assert np.abs(converted(picture(ring(), "BMP"), zip_upload, "bmp") - reference).max() == 0
    assert np.abs(converted(picture(ring(), "JPEG", quality=95), zip_upload, "jpg") - reference).max() < 30
    assert (
        np.abs(converted(picture(ring(), "JPEG", mode="CMYK", quality=95), zip_upload, "jpeg") - reference).max() < 60
    )


@pytest.mark.parametrize("ink", [0, 255])
def test_a_drawing_on_a_transparent_background_is_light_on_dark(ink: int, zip_upload):
    pixels = np.zeros((56, 56, 4), np.uint8)
    pixels[..., :3] = ink
    pixels[..., 3] = ring()
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    image = converted(buffer.getvalue(), zip_upload)
    assert image[0, 0] == 0
    assert image.max() > 200


def test_dark_on_light_is_inverted_and_changes_are_counted(picture, zip_upload):
    reading = read_zip_upload(zip_upload({f"0/{i}.png": picture(255 - ring(), mode="RGB") for i in range(3)}))
    assert reading.images.images[:, 0, 0].tolist() == [0, 0, 0]
    inverted, grey, resized = reading.notes
    assert "Inverted" in inverted
    assert "grey (3 of 3 pictures)" in grey
    assert "28 x 28 pixels (3 of 3 pictures)" in resized


def test_the_rotation_noted_in_a_photograph_is_honoured(zip_upload):
    array = np.zeros((28, 28), np.uint8)
    array[2:6, 4:20] = 255  # a bar near the top
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned right by 90 degrees
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "JPEG", exif=exif, quality=100)
    image = converted(buffer.getvalue(), zip_upload, "jpg")
    assert np.abs(image.astype(int) - np.rot90(array, -1)).max() < 40


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has hardly any data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def gif() -> bytes:
    buffer = io.BytesIO()
    frames = [Image.fromarray(ring()), Image.fromarray(255 - ring())]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (png_header(30_000, 30_000), "too many pixels. Expected at most 4,000,000"),
        (png_header(3_000, 3_000), "too many pixels. Expected at most 4,000,000. Received: 3,000 x 3,000"),
        (png_header(1, 1), "too small. Expected at least 4 x 4. Received: 1 x 1"),
        (png_header(28, 28)[:60], "damaged or cut off"),
        (png_header(100, 100), "damaged or cut off"),
        (SVG, "is not a picture. Expected PNG, JPEG or BMP"),
        (gif(), "is not a picture. Expected PNG, JPEG or BMP"),
        (b"", "is not a picture"),
        (b"\x89PNG\r\n\x1a\n", "is not a picture|damaged"),
    ],
    ids=["huge", "large", "tiny", "cut", "short", "svg", "gif", "empty", "start"],
)
def test_a_bad_picture_is_refused_by_name(content: bytes, sentence: str, zip_upload):
    with pytest.raises(DatasetError, match=f"^a.png in digits.zip .*{sentence}|^a.png in digits.zip {sentence}"):
        read_zip_upload(zip_upload({"7/a.png": content}))


def test_a_huge_picture_is_refused_before_memory_is_spent():
    tracemalloc.start()
    with pytest.raises(DatasetError, match="too many pixels"):
        open_picture(png_header(30_000, 30_000), "a.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("name", ["../7/a.png", "7/../../a.png", "/7/a.png", "C:/7/a.png", "..\\7\\a.png"])
def test_a_name_that_leads_out_is_refused(name: str, picture, zip_upload):
    assert is_unsafe(name)
    with pytest.raises(DatasetError, match="leads out of its folder"):
        read_zip_upload(zip_upload({name: picture(ring())}))


def test_a_link_is_refused(zip_upload):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("7/a.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DatasetError, match="is a link or a device: a.png"):
        read_zip_upload(Upload(name="digits.zip", data=buffer.getvalue()))


def zip_of_empty_members(n: int) -> bytes:
    """As `zipfile` would write it, but in a moment; not ZIP64, so the number of members is told modulo 65,536."""
    local, directory = bytearray(), bytearray()
    for i in range(n):
        name = b"7/%06d.png" % i
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0x21, 0, 0, 0, len(name), 0)
        directory += (
            b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(local)) + name
        )
        local += b"PK\x03\x04" + fields + name
    end = struct.pack("<HHHHIIH", 0, 0, n % 2**16, n % 2**16, len(directory), len(local), 0)
    return bytes(local + directory + b"PK\x05\x06" + end)


def test_the_hand_made_zip_of_the_next_test_is_one():
    with zipfile.ZipFile(io.BytesIO(zip_of_empty_members(300))) as archive:
        assert archive.namelist()[299] == "7/000299.png"
        assert archive.testzip() is None


def test_a_hundred_thousand_members_are_refused_at_once():
    data = zip_of_empty_members(100_000)
    tracemalloc.start()
    with pytest.raises(DatasetError, match="too many members. Expected at most 80,000"):
        read_zip_upload(Upload(name="digits.zip", data=data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_member_that_unpacks_to_too_much_is_refused(zip_upload):
    with pytest.raises(DatasetError, match="a.png in digits.zip unpacks to 9,000,000 bytes"):
        read_zip_upload(zip_upload({"7/a.png": bytes(9_000_000)}))


def test_members_that_together_unpack_to_too_much_are_refused(zip_upload, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("mnist_core.data.imports.picture_zip.MAX_TOTAL_BYTES", 10_000)
    many = {f"7/{i}.png": bytes(1_001) for i in range(10)}
    with pytest.raises(DatasetError, match="digits.zip unpacks to 10,010 bytes. Expected at most 10,000"):
        read_zip_upload(zip_upload(many))


def test_names_twice_and_passwords_are_refused(picture, zip_upload):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("7/a.png", picture(ring()))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("7/a.png", picture(ring()))
    with pytest.raises(DatasetError, match="two members of the same name: a.png"):
        read_zip_upload(Upload(name="digits.zip", data=buffer.getvalue()))
    locked = bytearray(zip_upload({"7/a.png": picture(ring())}).data)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    with pytest.raises(DatasetError, match="is encrypted"):
        read_zip_upload(Upload(name="digits.zip", data=bytes(locked)))


@pytest.mark.parametrize("path", ["a.png", "seven/a.png", "17/a.png", "7/left/a.png"])
def test_a_picture_without_a_digits_folder_is_refused(path: str, picture, zip_upload):
    with pytest.raises(DatasetError, match="a.png in digits.zip has no label. Expected it in a folder called 0 to 9"):
        read_zip_upload(zip_upload({path: picture(ring())}))


def test_a_zip_without_pictures_and_what_is_no_zip_are_refused(zip_upload, picture):
    for members in ({}, {"readme.txt": b"x"}, {"7/": b""}):
        with pytest.raises(DatasetError, match="holds no pictures"):
            read_zip_upload(zip_upload(members))
    whole = zip_upload({"7/a.png": picture(ring())}).data
    for data in (b"text", whole[: len(whole) // 2]):
        with pytest.raises(DatasetError, match="digits.zip is not a zip file, or is damaged or cut off"):
            read_zip_upload(Upload(name="digits.zip", data=data))
