"""What a person has chosen on the page Explore."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum

from dashboard.state.url_kinds import (
    Order,
    UrlEnum,
    UrlInt,
    UrlLabels,
    UrlName,
    UrlOrder,
    UrlPair,
    UrlText,
    url_page,
)
from dashboard.state.url_ranges import UrlRanges
from dashboard.state.url_selection import UrlSelection
from dashboard.state.url_values import Choices, UrlValue
from mnist_core.data.augmentation import Augmentation
from mnist_core.data.finding.issues import Issue
from mnist_core.data.finding.selection import SORT_BY_ROW
from mnist_core.data.measures.registry import MEASURES
from mnist_core.data.scaling import Scaling
from mnist_core.errors import ConfigError

PAGE_SIZE = 400
MAX_SEED = 9_999


class ExploreView(StrEnum):
    """The views of the page, in the order of their tabs."""

    DIGITS = "digits"
    CLASSES = "classes"
    MEASURES = "measures"
    EMBEDDING = "embedding"
    DATA_QUALITY = "data_quality"
    AUGMENTATION = "augmentation"
    DATA_SETS = "data_sets"


class Near(StrEnum):
    """What the distance between two images is computed from."""

    PIXELS = "pixels"
    NETWORK = "network"


class Method(StrEnum):
    """How an embedding is computed."""

    PCA = "pca"
    TSNE = "tsne"
    NETWORK_PCA = "network_pca"
    NETWORK_TSNE = "network_tsne"


@dataclass(frozen=True, kw_only=True, slots=True)
class Draws:
    """The augmentation that is shown, and its seed."""

    settings: Augmentation = Augmentation()
    seed: int = 0


ISSUE_WORDS = {
    Issue.NEAR_DUPLICATES: "near",
    Issue.EXACT_DUPLICATES: "exact",
    Issue.OUTLIERS: "outliers",
    Issue.SUSPECT_LABELS: "suspects",
}
"""The kinds of data quality issues in the URL."""


class UrlIssue(UrlEnum[Issue]):
    """A kind of data quality issues, written as a word of its own."""

    def parse(self, text: str) -> Issue:
        for issue, word in ISSUE_WORDS.items():
            if text == word:
                return issue
        raise ValueError(text)

    def write(self, value: Issue) -> str:
        return ISSUE_WORDS[value]


SHOWN_AT_FIRST = Draws(
    settings=Augmentation(rotation_degrees=15, shift_pixels=2, scale_fraction=0.1, shear_degrees=10, noise=0.05)
)
"""Strong enough to be seen, weak enough that every digit can still be read."""

ALL_OFF = "off"


class UrlDraws(UrlValue[Draws]):
    """An augmentation, written `rotation_degrees:10,seed:3`; settings that are off are left out. `off`: all of them."""

    max_length = 200

    def __init__(self, *, param: str = "") -> None:
        super().__init__(default=SHOWN_AT_FIRST, param=param)

    def parse(self, text: str) -> Draws:
        """The settings in `text`; invalid ones are left out."""
        found = dict(part.split(":", 1) for part in text.split(",") if ":" in part)
        seed = found.pop("seed", "0")
        values: dict[str, float] = {}
        for name, value in found.items():
            try:
                Augmentation(**{name: float(value)})
            except (TypeError, ValueError, ConfigError):
                continue
            values[name] = float(value)
        is_seed = re.fullmatch(r"[0-9]{1,4}", seed, re.ASCII)
        return Draws(settings=Augmentation(**values), seed=int(seed) if is_seed else 0)

    def write(self, value: Draws) -> str:
        parts = [f"{name}:{amount:g}" for name, amount in asdict(value.settings).items() if amount]
        return ",".join([*parts, f"seed:{value.seed}"] if value.seed else parts) or ALL_OFF


class ExploreChoices(Choices, page="explore"):
    """Every choice on the page that a link restores."""

    view = UrlEnum(ExploreView, default=ExploreView.DIGITS)
    labels = UrlLabels()
    sort = UrlOrder(Order(SORT_BY_ROW))
    where = UrlRanges()
    selection = UrlSelection(param="chosen")
    size = UrlInt(1, 1_000, default=PAGE_SIZE)
    page = url_page()
    near = UrlEnum(Near, default=Near.PIXELS)
    classes = UrlPair(0, 9)
    measure = UrlName(tuple(MEASURES))
    x = UrlName(tuple(MEASURES))
    y = UrlName(tuple(MEASURES))
    method = UrlEnum(Method, default=Method.PCA, param="map")
    colour = UrlText(r"[a-z_]{1,40}")
    issue = UrlIssue(Issue, default=Issue.NEAR_DUPLICATES, param="odd")
    issue_label = UrlInt(0, 9, param="odd_label")
    finding = UrlInt(0, 9_999)
    scaling = UrlEnum(Scaling, default=Scaling.UNIT)
    draws = UrlDraws(param="augment")
    about_dataset = (labels, where, selection, page, finding, classes)


explore = ExploreChoices()

TITLES = {
    ExploreView.DIGITS: ":material/grid_view: Digits",
    ExploreView.CLASSES: ":material/bar_chart: Classes",
    ExploreView.MEASURES: ":material/straighten: Measures",
    ExploreView.EMBEDDING: ":material/scatter_plot: Embedding",
    ExploreView.DATA_QUALITY: ":material/flag: Data quality",
    ExploreView.AUGMENTATION: ":material/tune: Augmentation",
    ExploreView.DATA_SETS: ":material/database: Data sets",
}

FURTHER = (ExploreView.MEASURES, ExploreView.EMBEDDING, ExploreView.DATA_QUALITY)
"""Views that a plain page leaves out."""
