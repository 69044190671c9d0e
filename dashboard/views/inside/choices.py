"""What a person has chosen on the page Look inside."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from dashboard.state.url_kinds import MAX_ROW, UrlEnum, UrlFlag, UrlInt, UrlPair, UrlReal, UrlText, url_page
from dashboard.state.url_selection import UrlSelection
from dashboard.state.url_values import Choices, UrlValue
from mnist_core.data.dataset import N_CLASSES, SIDE, SplitName
from mnist_core.fields import spec_of
from mnist_core.probing.feature_pictures import PictureSettings
from mnist_core.probing.knock_out_result import MutedTo

MAX_SIDE = SIDE - 1
"""The last row and column of the largest map."""


class InsideView(StrEnum):
    """The views of the page, in the order of their tabs."""

    ACTIVATIONS = "activations"
    FILTERS = "filters"
    ATTRIBUTION = "attribution"
    PICTURES = "pictures"
    KNOCK_OUT = "knock_out"
    REPRESENTATION = "representation"
    THROUGH_TIME = "through_time"


class Which(StrEnum):
    """Which test digits are offered."""

    ALL = "all"
    WRONG = "wrong"
    RIGHT = "right"


class FilterOrder(StrEnum):
    """How filters, feature maps and units are sorted."""

    NUMBER = "number"
    STRENGTH = "strength"


class Changed(StrEnum):
    """What is shown of a muted filter: the digits that it breaks or fixes, or the change of the confusion matrix."""

    BROKEN = "broken"
    FIXED = "fixed"
    MATRIX = "matrix"


class RepresentationPart(StrEnum):
    """What is shown of the representation of digits: the map of one layer, or the probes of all layers."""

    MAP = "map"
    PROBES = "probes"


class MapMethod(StrEnum):
    """How the vectors of a layer become points."""

    PCA = "pca"
    TSNE = "tsne"


class PointColour(StrEnum):
    """What the points of a map are coloured by."""

    LABEL = "label"
    CORRECT = "correct"


class KernelOrder(StrEnum):
    """How the filters of a convolution are sorted."""

    NUMBER = "number"
    STRENGTH = "strength"
    SPARSITY = "sparsity"


@dataclass(frozen=True, slots=True)
class Channel:
    """One feature map or unit of a layer."""

    layer: str
    number: int


class UrlChannel(UrlValue[Channel | None]):
    """One feature map or unit, written `conv_1-7`."""

    def __init__(self, *, param: str = "") -> None:
        super().__init__(default=None, param=param)

    def parse(self, text: str) -> Channel:
        match = re.fullmatch(r"([a-z_0-9]{1,60})-([0-9]{1,5})", text, re.ASCII)
        if match is None:
            raise ValueError(text)
        return Channel(match[1], int(match[2]))

    def write(self, value: Channel | None) -> str:
        return "" if value is None else f"{value.layer}-{value.number}"


NOTHING = -1
"""Of `against`: the score of one class is not compared with another."""


def _whole(name: str) -> UrlInt[int]:
    """A setting of feature pictures, with the limits it has there."""
    spec = spec_of(PictureSettings, name)
    return UrlInt(int(spec.low or 0), int(spec.high or 0), default=getattr(PictureSettings(), name))


def _number(name: str) -> UrlReal:
    spec = spec_of(PictureSettings, name)
    return UrlReal(spec.low or 0, spec.high or 0, default=getattr(PictureSettings(), name))


class InsideChoices(Choices, page="inside"):
    """The choices on the page that a link restores.

    Attributes:
        channel, pixel: the feature map or unit whose computation is shown, and the row and column of its map.
        top: whether the digits that activate it most are shown below.
    """

    view = UrlEnum(InsideView, default=InsideView.ACTIVATIONS)
    layer = UrlText(r"[a-z0-9_/]{1,60}")
    which = UrlEnum(Which, default=Which.ALL)
    label = UrlInt(0, 9)
    page = UrlInt(1, MAX_ROW)
    maps = UrlFlag("all")
    maps_order = UrlEnum(FilterOrder, default=FilterOrder.NUMBER)
    channel = UrlChannel()
    pixel = UrlPair(0, MAX_SIDE)
    top = UrlFlag("digits")
    order = UrlEnum(KernelOrder, default=KernelOrder.NUMBER)
    scale = UrlFlag("network")
    filter = UrlInt(0, 99_999)
    towards = UrlInt(0, N_CLASSES - 1)
    against = UrlInt(NOTHING, N_CLASSES - 1)
    unsigned = UrlFlag("unsigned")
    pictured = UrlText(r"[a-z0-9_]{1,60}")
    pictures_page = url_page()
    picture = UrlInt(0, 99_999)
    digits_split = UrlEnum(SplitName, default=SplitName.TEST)
    steps = _whole("steps")
    step_size = _number("step_size")
    jitter = _whole("jitter")
    blur = _number("blur")
    decay = _number("decay")
    seed = _whole("seed")
    muted_layer = UrlText(r"[a-z0-9_]{1,60}", param="mute")
    muted_to = UrlEnum(MutedTo, default=MutedTo.ZERO, param="to")
    muted = UrlInt(0, 99_999)
    all_muted = UrlFlag("all", param="muted_list")
    changed = UrlEnum(Changed, default=Changed.BROKEN)
    changed_cell = UrlPair(0, 9, param="cell")
    changed_page = url_page(param="changed_page")
    part = UrlEnum(RepresentationPart, default=RepresentationPart.MAP)
    mapped_layer = UrlText(r"[a-z0-9_]{1,60}", param="of_layer")
    map_method = UrlEnum(MapMethod, default=MapMethod.PCA, param="map")
    map_colour = UrlEnum(PointColour, default=PointColour.LABEL, param="colour")
    selection = UrlSelection(param="chosen")
    film_layer = UrlText(r"[a-z0-9_]{1,60}", param="film")
    frame = UrlInt(0, 99_999, param="after_epoch")
    slices = UrlFlag("all")
    about_dataset = (selection,)


inside = InsideChoices()

ABOUT_MUTED = (
    InsideChoices.muted,
    InsideChoices.changed,
    InsideChoices.changed_cell,
    InsideChoices.changed_page,
)
"""Choices that are meaningless for another layer."""

TITLES = {
    InsideView.ACTIVATIONS: ":material/layers: Activations",
    InsideView.FILTERS: ":material/grid_on: Filters",
    InsideView.ATTRIBUTION: ":material/ads_click: Attribution",
    InsideView.PICTURES: ":material/image_search: Feature pictures",
    InsideView.KNOCK_OUT: ":material/volume_off: Knock-out",
    InsideView.REPRESENTATION: ":material/scatter_plot: Representation",
    InsideView.THROUGH_TIME: ":material/movie: By epoch",
}

FURTHER = (InsideView.PICTURES, InsideView.KNOCK_OUT, InsideView.REPRESENTATION, InsideView.THROUGH_TIME)
"""Views that a plain page leaves out."""
