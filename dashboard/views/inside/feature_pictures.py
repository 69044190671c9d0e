"""Feature pictures: the image that excites each filter, unit or class of a layer most, and the digits that do."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np
import streamlit as st

from dashboard.server.background import jobs
from dashboard.shared.job_progress import job_result
from dashboard.shared.linked_choice import linked_select
from dashboard.shared.runs.jobs import asking
from dashboard.shared.side_panel import answer_panel, question_and_answer
from dashboard.state.session import per_tab
from dashboard.views.inside.choices import InsideChoices, inside
from dashboard.views.inside.feature_picture import render_feature_picture
from dashboard.views.inside.network import TrainedNetwork
from dashboard.views.inside.picture_settings import render_picture_settings
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.pager import pager
from mnist_core.data.sources.known import class_names_of
from mnist_core.models.architecture import OUTPUT, LayerRow
from mnist_core.models.layers import LAYERS
from mnist_core.probing.feature_pictures import (
    PICTURES,
    FeaturePictures,
    PictureSettings,
    asked_pictures,
    pictured_layers,
    read_pictures,
)
from mnist_core.probing.helper.messages import What

PAGE_SIZE = 32
CELL = 64
GRID = "inside.pictures"


def render_feature_pictures(network: TrainedNetwork) -> None:
    """Choose a layer; its pictures are on the left, and the one that is clicked on the right with real digits."""
    question, answer = question_and_answer()
    with question:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            row = _render_layer_choice(network)
            settings = render_picture_settings()
        st.caption(_settings_words(settings))
        n_pages = math.ceil(row.output_shape[-1] / PAGE_SIZE)
        page = min(inside.pictures_page, n_pages)
        channels = range(row.output_shape[-1])[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        found = _pictures(network, row.name, channels, settings)
        position = None if found is None else _render_grid(network, row, found)
        if n_pages > 1:
            of = f"{row.name} {row.output_shape[-1]}"
            pager(n_pages, number=page, key="inside.pictures_page", of=of, on_turn=_turn)
    if found is None or position is None:
        return
    is_open, name = inside.picture is not None, channel_name(network, row, int(found.channels[position]))
    panel = answer_panel(answer, name="inside", title=name, is_open=is_open, on_close=InsideChoices.picture.reset)
    with panel, st.container(key="inside.picture"):
        render_feature_picture(network, row, found, position)


def channel_name(network: TrainedNetwork, row: LayerRow, channel: int) -> str:
    """What a picture is of: "Filter 3 of conv_1", "Unit 12 of dense_1", "Class 7"."""
    if row.name == OUTPUT:
        return f"Class {class_names_of(network.run.config.dataset)[channel]}"
    return f"{'Filter' if len(row.output_shape) > 1 else 'Unit'} {channel} of {row.name}"


def _turn(page: Any) -> None:
    InsideChoices.pictures_page.choose_sent(page)
    InsideChoices.picture.reset()


def _render_layer_choice(network: TrainedNetwork) -> LayerRow:
    rows = {row.name: row for row in pictured_layers(network.architecture)}
    name = linked_select(
        "Layer",
        tuple(rows),
        choice=InsideChoices.pictured,
        default=next(iter(rows)),
        words=lambda name: _layer_words(rows[name]),
        resets=(InsideChoices.pictures_page, InsideChoices.picture),
        width=260,
        help="Layers with filters or units of their own, in the order of the network.",
    )
    return rows[name]


def _layer_words(row: LayerRow) -> str:
    n = row.output_shape[-1]
    if row.name == OUTPUT:
        return f"{row.name}, {n} classes"
    return f"{row.name}, {n} {'filters' if len(row.output_shape) > 1 else 'units'}"


def _settings_words(settings: PictureSettings) -> str:
    return (
        f"Each picture began as faint noise and was changed in {settings.steps} steps so that the activation "
        f"rises. Step size {settings.step_size:g}, jitter {settings.jitter} px, blur {settings.blur:g} px, "
        f"L2 decay {settings.decay:g}, seed {settings.seed}."
    )


def _pictures(
    network: TrainedNetwork, layer: str, channels: range, settings: PictureSettings
) -> FeaturePictures | None:
    """The pictures, or None while they are computed or if they cannot be, after saying so."""
    key = ("pictures", *network.key, layer, channels, settings)
    _give_up_others(key)
    asked = asked_pictures(layer, channels, settings)
    work = asking(network.run, PICTURES, asked, read_pictures, what=What.PICTURES)
    found: FeaturePictures | None = job_result(
        key, work, title="Computing the pictures", name="inside.computing_pictures", can_cancel=True
    )
    return found


def _give_up_others(key: Hashable) -> None:
    """Cancel what this tab has asked for before and does not want any more: it would have to wait for it."""
    last = per_tab("inside.pictures_asked", list[Hashable])
    for other in [other for other in last if other != key]:
        job = jobs().get(other)
        if job is not None and job.is_running:
            jobs().forget(other)
    last[:] = [key]


def _render_grid(network: TrainedNetwork, row: LayerRow, found: FeaturePictures) -> int:
    """The pictures; returns the position of the open one, else of the first."""
    names = class_names_of(network.run.config.dataset) if row.name == OUTPUT else None
    captions = [names[channel] if names else str(channel) for channel in found.channels]
    where = np.flatnonzero(found.channels == inside.picture) if inside.picture is not None else np.arange(0)
    picked = digit_grid(
        found.images,
        captions,
        key=f"{GRID}.{row.name}.{found.channels[0]}",
        label=f"Feature pictures of {LAYERS[row.kind].title.lower() if row.kind in LAYERS else row.name}",
        show_captions=True,
        notes=[
            f"{channel_name(network, row, channel)}: activation {value:.3g}, from {start:.3g}"
            for channel, value, start in zip(found.channels.tolist(), found.activations, found.starts, strict=True)
        ],
        selected=int(where[0]) if len(where) else None,
        cell=CELL,
        ids=found.channels,
    )
    if picked is not None:
        inside.picture = int(found.channels[picked])
        return picked
    return int(where[0]) if len(where) else 0
