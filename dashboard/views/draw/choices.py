"""What a person has chosen on the page Draw."""

from __future__ import annotations

import re
from enum import StrEnum

from dashboard.shared.answers.network import BUNDLED, MAX_OTHERS
from dashboard.state.current import RUN_ID
from dashboard.state.url_kinds import UrlEnum, UrlInt, UrlText
from dashboard.state.url_values import Choices, UrlValue


class DrawView(StrEnum):
    """The views of the page, in the order of their tabs."""

    PAD = "pad"
    PHOTOGRAPH = "photograph"
    HANDWRITING = "handwriting"


class Closer(StrEnum):
    """What is shown of a drawing below its prediction."""

    STEPS = "steps"
    NEAREST = "nearest"
    LAYERS = "layers"
    ATTRIBUTION = "attribution"


class PhotographSource(StrEnum):
    """Where a photograph comes from."""

    FILE = "file"
    CAMERA = "camera"


class HandwritingView(StrEnum):
    """The parts of the collection."""

    COLLECT = "collect"
    GALLERY = "gallery"
    SCORES = "scores"


class UrlNetworks(UrlValue[tuple[str, ...] | None]):
    """Networks that answer beside that of the run, written `bundled.20261129-083312-a1b2c3`; `none` is none of them."""

    max_length = 160
    _nobody = "none"

    def __init__(self) -> None:
        super().__init__(default=None)

    def parse(self, text: str) -> tuple[str, ...]:
        names = () if text == self._nobody else tuple(text.split("."))
        if len(names) > MAX_OTHERS or len(set(names)) < len(names):
            raise ValueError(text)
        if not all(name == BUNDLED or re.fullmatch(RUN_ID, name, re.ASCII) for name in names):
            raise ValueError(text)
        return names

    def write(self, value: tuple[str, ...] | None) -> str:
        return ".".join(value or ()) or self._nobody


class DrawChoices(Choices, page="draw"):
    """The choices on the page that a link restores.

    Attributes:
        networks: those that answer beside that of the run; None until somebody has chosen.
        writer, label: which digits of the collection its gallery shows.
        scored: the network whose results on the collection are open.
    """

    view = UrlEnum(DrawView, default=DrawView.PAD)
    networks = UrlNetworks()
    closer = UrlEnum(Closer, default=Closer.STEPS)
    layer = UrlText(r"[a-z0-9_/]{1,60}")
    source = UrlEnum(PhotographSource, default=PhotographSource.FILE)
    part = UrlEnum(HandwritingView, default=HandwritingView.COLLECT)
    writer = UrlText(r"[^\x00-\x1f]{1,40}")
    label = UrlInt(0, 9)
    scored = UrlText(rf"{BUNDLED}|{RUN_ID}")


draw = DrawChoices()

TITLES = {
    DrawView.PAD: ":material/draw: Pad",
    DrawView.PHOTOGRAPH: ":material/photo_camera: Photograph",
    DrawView.HANDWRITING: ":material/history_edu: My handwriting",
}
