"""What a file is, by its content; its name only tells what it was meant to be."""

from __future__ import annotations

import re
import struct
import zipfile
from enum import Enum

from mnist_core.data.dataset import SIDE
from mnist_core.data.imports.files.uploads import Upload, short_name
from mnist_core.data.sources.zip_damage import ZIP_ERRORS

EXPECTED = "IDX, npz, npy, CSV, ARFF, MATLAB or Parquet files, or pictures in folders called 0 to 9"
SAVE_NPZ = "numpy.savez('digits.npz', images=images, labels=labels)"


class Kind(Enum):
    """Kinds of files: how each is called in a sentence, and for those that are not read, the way out.

    {file} in a way out stands for the name of the file, in quotation marks, {opened} for a call that opens it, {n} for
    the number of pixels of an image.
    """

    IDX = "an IDX file"
    NPZ = "an npz archive"
    NPY = "an npy array"
    MATLAB = "a MATLAB file"
    PARQUET = "a Parquet file"
    ARFF = "an ARFF table"
    TABLE = "a table in text form, such as CSV"
    ZIP = "a zip archive"
    GZIP = "a gzip file"
    BZIP2 = "a bzip2 file"
    XZ = "an xz file"
    TAR = "a tar archive"
    PNG = "a PNG picture"
    JPEG = "a JPEG picture"
    BMP = "a BMP picture"
    TIFF = "a TIFF picture"
    WEBP = "a WebP picture"
    GIF = "a GIF picture"
    DAMAGED = ("damaged or cut off", "Copy or download it again.")
    EMPTY = ("an empty file", "Copy or download it again.")
    WEB_PAGE = (
        "a web page",
        "The download brought a page instead of the file: open its address in a browser and download the file itself.",
    )
    PICKLE = (
        "a pickle, which can run any code when it is opened and is therefore not read",
        "If you trust it, convert it in Python: "
        "(a, b), _, (c, d) = pickle.load({opened}, encoding='latin1'), then "
        "numpy.savez('mnist.npz', x_train=a, y_train=b, x_test=c, y_test=d).",
    )
    PANDAS = (
        "a pickle of a pandas table, which can run any code when it is opened and is therefore not read",
        "If you trust it, convert it in Python: pandas.read_pickle({file}).to_csv('train.csv', index=False).",
    )
    TORCH = (
        "a PyTorch file, which holds a pickle that can run code and is therefore not read",
        "If you trust it, convert it in Python: images, labels = torch.load({file})[:2], then "
        "numpy.savez('digits.npz', images=images.numpy(), labels=labels.numpy()).",
    )
    MATLAB_73 = (
        "a MATLAB 7.3 file, which is HDF5",
        "Save it in MATLAB in the older form: save('digits.mat', 'images', 'labels', '-v7').",
    )
    HDF5 = ("an HDF5 file", f"Save its arrays in Python: {SAVE_NPZ}.")
    KERAS = ("a Keras model", "It holds a network, not images.")
    EXCEL = ("an Excel workbook", "Save the sheet as CSV, with a label and the pixels in each row.")
    OFFICE = ("an office document", "Save its table as CSV, with a label and the pixels in each row.")
    PDF = ("a PDF document", "Save its pictures as PNG, in folders called 0 to 9.")
    HEIC = ("a HEIC picture", "Save it as PNG or JPEG.")
    SVG = ("an SVG drawing", "Save it as PNG.")
    SEVEN_ZIP = ("a 7z archive", "Unpack it, and import what is in it, or a zip of it.")
    RAR = ("a RAR archive", "Unpack it, and import what is in it, or a zip of it.")
    ZSTD = ("a Zstandard file", "Unpack it first, for example with unzstd.")
    ARROW = ("an Arrow or Feather file", "Save the table as Parquet or CSV.")
    SQLITE = ("an SQLite database", "Export its table as CSV.")
    LFS = ("a pointer of Git LFS, not the file itself", "Fetch the file with git lfs pull, or download it.")
    LIBSVM = (
        "a LIBSVM table",
        "Convert it in Python: images, labels = sklearn.datasets.load_svmlight_file({file}, n_features={n}), then "
        "numpy.savez('digits.npz', images=images.toarray(), labels=labels).",
    )
    JSON = ("a JSON file", f"Save its arrays in Python: {SAVE_NPZ}.")
    XML = ("an XML file", f"Save its arrays in Python: {SAVE_NPZ}.")
    TEXT = ("a text without a table of numbers", "Choose the file that holds the pixels of the images.")
    UNKNOWN = (
        "of no known kind",
        f"If a program of yours can read it, save its arrays in Python: {SAVE_NPZ}.",
    )

    def __init__(self, words: str, way_out: str = "") -> None:
        self.words = words
        self.way_out = way_out


PICTURES = frozenset({Kind.PNG, Kind.JPEG, Kind.BMP, Kind.TIFF, Kind.WEBP, Kind.GIF})
DATA = frozenset({Kind.IDX, Kind.NPZ, Kind.NPY, Kind.MATLAB, Kind.PARQUET, Kind.ARFF, Kind.TABLE})
COMPRESSED = frozenset({Kind.GZIP, Kind.BZIP2, Kind.XZ})
ARCHIVES = frozenset({Kind.ZIP, Kind.TAR}) | COMPRESSED

IDX_TYPES = b"\x08\x09\x0b\x0c\x0d\x0e"
MAGIC = (
    (0, b"\x1f\x8b", Kind.GZIP),
    (0, b"PK\x03\x04", Kind.ZIP),
    (0, b"PK\x05\x06", Kind.ZIP),
    (0, b"\x93NUMPY", Kind.NPY),
    (0, b"MATLAB 7.3", Kind.MATLAB_73),
    (0, b"MATLAB 5.0", Kind.MATLAB),
    (0, b"\x89HDF\r\n\x1a\n", Kind.HDF5),
    (512, b"\x89HDF\r\n\x1a\n", Kind.HDF5),
    (0, b"PAR1", Kind.PARQUET),
    (0, b"ARROW1", Kind.ARROW),
    (0, b"FEA1", Kind.ARROW),
    (0, b"\x89PNG", Kind.PNG),
    (0, b"\xff\xd8\xff", Kind.JPEG),
    (0, b"BM", Kind.BMP),
    (0, b"II*\x00", Kind.TIFF),
    (0, b"MM\x00*", Kind.TIFF),
    (8, b"WEBP", Kind.WEBP),
    (0, b"GIF8", Kind.GIF),
    (0, b"%PDF", Kind.PDF),
    (0, b"\xd0\xcf\x11\xe0", Kind.EXCEL),
    (4, b"ftyphei", Kind.HEIC),
    (4, b"ftypmif1", Kind.HEIC),
    (0, b"7z\xbc\xaf\x27\x1c", Kind.SEVEN_ZIP),
    (0, b"Rar!", Kind.RAR),
    (0, b"BZh", Kind.BZIP2),
    (0, b"\xfd7zXZ", Kind.XZ),
    (0, b"\x28\xb5\x2f\xfd", Kind.ZSTD),
    (0, b"SQLite format 3", Kind.SQLITE),
    (257, b"ustar", Kind.TAR),
)
MATLAB_4_HEADER = 20
MATLAB_NAME = re.compile(rb"[A-Za-z]\w{0,62}\x00+")
PICKLE_STARTS = re.compile(rb"\x80[\x01-\x05]|\(lp\d|\(dp\d|c(numpy|copy_reg|__builtin__|builtins)[\w.]*\n|\(I\d+\n")
REMARK = re.compile(r"<!--.*?-->", re.DOTALL)
HTML = re.compile(r"\s*<(!doctype html|html|head|body|script|title)\b", re.IGNORECASE)
ARFF = re.compile(r"\s*((%|@relation\b)[^\n]*\n\s*)*@(relation|attribute)\b", re.IGNORECASE)
LIBSVM = re.compile(r"\s*[+-]?\d+(\.\d+)?(,\d+)*( +\d+:\S+)+")
FEATURE = re.compile(rb" (\d{1,9}):")
USUAL_PIXELS = (64, 256, 400, SIDE * SIDE, 1024)
MAX_WESTERN_SHARE = 0.3  # letters with accents: more of them are no text in a western encoding
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

OPENERS = {".bz2": "bz2.open", ".xz": "lzma.open"}  # of compressed files; the others are opened with gzip

NAMED = (
    (re.compile(r"ubyte|\bidx|\.idx"), "an IDX file"),
    (re.compile(r"\.npz$"), "an npz archive"),
    (re.compile(r"\.npy$"), "an npy array"),
    (re.compile(r"\.mat$"), "a MATLAB file"),
    (re.compile(r"\.parquet$|\.pq$"), "a Parquet file"),
    (re.compile(r"\.arff$"), "an ARFF table"),
    (re.compile(r"\.(csv|tsv)(\.(gz|bz2|xz))?$"), "a CSV table"),
    (re.compile(r"\.zip$"), "a zip archive"),
    (re.compile(r"\.(tar(\.(gz|bz2|xz))?|tgz|tbz2?|txz)$"), "a tar archive"),
    (re.compile(r"\.gz$"), "a gzip file"),
    (re.compile(r"\.bz2$"), "a bzip2 file"),
    (re.compile(r"\.xz$"), "an xz file"),
    (re.compile(r"\.(png|jpe?g|bmp|tiff?|webp|gif)$"), "a picture"),
)


def kind_of(upload: Upload) -> Kind:
    """The kind of a file, by its content."""
    head = upload.head()
    if not head:
        return Kind.EMPTY
    if head[:2] == b"\x00\x00" and len(head) >= 4 and head[2] in IDX_TYPES and 1 <= head[3] <= 4:
        return Kind.IDX
    if is_matlab_4(head):
        return Kind.MATLAB
    found = next((kind for start, mark, kind in MAGIC if head[start : start + len(mark)] == mark), None)
    if found is Kind.ZIP:
        return _kind_of_zip(upload)
    if found is None and PICKLE_STARTS.match(head):
        return Kind.PANDAS if b"pandas" in head else Kind.PICKLE
    return found or _kind_of_text(decoded(head))


def is_matlab_4(head: bytes) -> bool:
    """Whether a file starts with a matrix of MATLAB version 4, which has no mark: five plausible numbers and a name."""
    order = matlab_4_order(head)
    if order is None:
        return False
    kind, rows, columns, is_complex, n_name = struct.unpack(f"{order}5i", head[:MATLAB_4_HEADER])
    name = head[MATLAB_4_HEADER : MATLAB_4_HEADER + max(n_name, 0)]
    has_kind = 0 <= kind % 1000 < 60 and kind % 10 < 3
    return has_kind and min(rows, columns) >= 0 and is_complex in (0, 1) and MATLAB_NAME.fullmatch(name) is not None


def matlab_4_order(head: bytes) -> str | None:
    """The byte order of a matrix of MATLAB version 4: "<" or ">", as its first number is below 1000 or not."""
    if len(head) < MATLAB_4_HEADER:
        return None
    little, big = (struct.unpack(f"{order}i", head[:4])[0] for order in "<>")
    return "<" if 0 <= little < 1000 else ">" if 1000 <= big < 2000 else None


def named_kind(name: str) -> str:
    """What a file is meant to be by its name, as in a sentence; empty if the name does not tell."""
    return next((words for pattern, words in NAMED if pattern.search(name.lower())), "")


def is_named_data(name: str) -> bool:
    """Whether the name promises arrays, a table or an archive."""
    return named_kind(name) not in ("", "a picture")


def explanation(upload: Upload, kind: Kind) -> str:
    """Why a file of a kind that is not read cannot be imported, and what to do."""
    if kind is Kind.EMPTY:
        return f"{upload.title} is empty. Expected {EXPECTED}. {kind.way_out}"
    meant = named_kind(upload.name)
    is_told = not meant or meant.split()[-2] in kind.words or kind in (Kind.PICKLE, Kind.PANDAS, Kind.TORCH, Kind.LFS)
    instead = "" if is_told else f", not {meant}"
    name = upload.compressed or upload.name
    file = repr(short_name(name))
    opener = next((opener for suffix, opener in OPENERS.items() if name.lower().endswith(suffix)), "gzip.open")
    opened = f"{opener}({file})" if upload.compressed else f"open({file}, 'rb')"
    way_out = kind.way_out.replace("{file}", file).replace("{opened}", opened)
    if kind is Kind.LIBSVM:  # pixels that are 0 are not in it, so that it does not tell how many there are
        places = [int(place) for place in FEATURE.findall(upload.head())]
        way_out = way_out.replace(
            "{n}", str(next((n for n in USUAL_PIXELS if n >= max(places, default=0)), SIDE * SIDE))
        )
    return f"{upload.title} is {kind.words}{instead}. Expected {EXPECTED}. {way_out}".rstrip()


def decoded(head: bytes) -> str | None:
    """The start of a text, in whatever encoding; None if it is no text."""
    encoding = encoding_of(head)
    text = head.decode(encoding, errors="replace")
    is_western = encoding == "latin-1" and sum(byte > 127 for byte in head) > MAX_WESTERN_SHARE * len(head)
    return None if is_western or CONTROLS.search(text) else text


def encoding_of(head: bytes) -> str:
    """The encoding of a text by its start: UTF-16 by its mark or its zeros, UTF-8, else Windows' western one."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if len(head) >= 8 and not any(head[1:64:2]) and all(head[:64:2]):
        return "utf-16-le"
    if len(head) >= 8 and not any(head[:64:2]) and all(head[1:64:2]):
        return "utf-16-be"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # else a character is cut off at the end
            return "latin-1"
    return "utf-8-sig"


def _kind_of_zip(upload: Upload) -> Kind:
    try:
        with upload.stream() as stream, zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
    except ZIP_ERRORS:
        return Kind.ZIP  # damaged: reported when it is unpacked
    if names and all(name.endswith(".npy") for name in names):
        return Kind.NPZ
    if "[Content_Types].xml" in names:
        return Kind.EXCEL if any(name.startswith("xl/") for name in names) else Kind.OFFICE
    if any(name.endswith("/data.pkl") for name in names):
        return Kind.TORCH
    return Kind.KERAS if "model.weights.h5" in names else Kind.ZIP


def _kind_of_text(text: str | None) -> Kind:
    if text is None:
        return Kind.UNKNOWN
    start = text.lstrip().lower()
    if HTML.match(REMARK.sub("", text)):
        return Kind.WEB_PAGE
    if start.startswith("<"):
        return Kind.SVG if "<svg" in start else Kind.WEB_PAGE if "<html" in start else Kind.XML
    if start.startswith(("{", "[")):
        return Kind.JSON
    if start.startswith("version https://git-lfs"):
        return Kind.LFS
    if ARFF.match(text):
        return Kind.ARFF
    if LIBSVM.match(text):
        return Kind.LIBSVM
    return Kind.TABLE if _has_numbers(text) else Kind.TEXT


def _has_numbers(text: str) -> bool:
    """Whether one of the first lines starts with numbers in columns, or is one number."""
    lines = [line for line in text.splitlines() if line.strip()][:8]
    return (
        any(re.match(r"""\s*["']?[+-]?[\d.]+(e[+-]?\d+)?["']?\s*($|[,;\t| ])""", line, re.I) for line in lines)
        or any(len(re.split(r"[,;\t|]", line)) > 2 for line in lines)
        or _has_column_of_numbers(lines[1:])
    )


def _has_column_of_numbers(lines: list[str]) -> bool:
    """Whether some lines below a header have the same number of cells, and numbers in the same place."""
    for separator in ",;\t|":
        rows = [line.split(separator) for line in lines]
        if len(rows) < 2 or len(rows[0]) < 2 or len({len(row) for row in rows}) > 1:
            continue
        if any(
            all(re.fullmatch(r"\s*[+-]?\d+(\.\d*)?\s*", cell) for cell in column) for column in zip(*rows, strict=True)
        ):
            return True
    return False
