"""Scaling and augmentation: some images as a network gets them in training."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import streamlit as st

from dashboard.shared.context.digit import image_words
from dashboard.shared.linked_choice import linked_select
from dashboard.state.session import widget_key, widget_value
from dashboard.views.explore.choices import MAX_SEED, Draws, ExploreChoices, explore
from dashboard.views.explore.image_link import open_image, opened_image
from dashboard.widgets.digit_grid import digit_grid
from dashboard.widgets.pixel_view import pixel_view
from mnist_core.data.augmentation import Augmentation, augment
from mnist_core.data.dataset import Dataset, Float32Array, SplitName, UInt8Array
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.rows import first_of_each
from mnist_core.data.scaling import Scaler, Scaling, fit_scaler
from mnist_core.errors import ConfigError
from mnist_core.fields import FieldSpec, specs_of

N_DIGITS = 6
N_DRAWS = 5
CELL = 50  # six of them fit side by side on a phone
SCALINGS = {
    Scaling.UNIT: "0 to 1",
    Scaling.L2_ROWS: "L2-normalised columns",
    Scaling.STANDARDISED: "Standardised",
}
SCALING_HELP = (
    "How pixel values become the input of a network. 0 to 1: divided by 255. L2-normalised columns: each column of "
    "pixels is divided by its length, as by `keras.utils.normalize(axis=1)`. Standardised: minus the mean, divided by "
    "the standard deviation, of all training pixels."
)


def render_augmentation(dataset: Dataset) -> None:
    """The sliders, the augmented images, and one of them enlarged with the values the network gets."""
    controls, pictures, enlarged = st.columns([3, 4, 3], gap="large")
    with controls:
        scaling = linked_select(
            "Scaling",
            tuple(SCALINGS),
            choice=ExploreChoices.scaling,
            words=SCALINGS.__getitem__,
            help=SCALING_HELP,
        )
        settings, seed = _render_sliders()
    digits = _digits(dataset)
    images = np.stack([dataset.split(digit.split).images[digit.row] for digit in digits])
    draws = augment(images, settings, seed=seed, draws=N_DRAWS)
    scaler = fit_scaler(scaling, dataset.train.images)
    with pictures:
        _render_draws(dataset, digits, images, draws, scaler, is_on=settings.is_on)
    with enlarged:
        _render_enlarged(dataset, digits[0], draws[0, 0], scaler)


def _render_sliders() -> tuple[Augmentation, int]:
    settings = explore.draws.settings
    values = asdict(settings)
    for name, spec in specs_of(Augmentation).items():
        _render_slider(name, spec, values[name])
    with st.container(horizontal=True):
        st.button(
            "Draw again", icon=":material/casino:", key="explore.redraw", on_click=_redraw, disabled=not settings.is_on,
            help="Draw other random amounts.",
        )  # fmt: skip
        st.button(
            "Switch off", key="explore.reset", on_click=ExploreChoices.draws.choose, args=(Draws(),),
            disabled=not settings.is_on, help="Set all amounts to 0.",
        )  # fmt: skip
    return settings, explore.draws.seed


def _render_slider(name: str, spec: FieldSpec, value: float) -> None:
    key = widget_key(f"explore.augment.{name}", value)
    st.slider(
        spec.label,
        float(spec.low or 0),
        float(spec.high or 1),
        value,
        step=float(spec.step or 0.1),
        format="%g",
        key=key,
        on_change=_take_slider,
        args=(name, key),
        help=spec.help,
    )


def _take_slider(name: str, key: str) -> None:
    draws = explore.draws
    try:
        settings = replace(draws.settings, **{name: widget_value(key)})
    except ConfigError:
        return
    ExploreChoices.draws.choose_sent(replace(draws, settings=settings))


def _redraw() -> None:
    explore.draws = replace(explore.draws, seed=(explore.draws.seed + 1) % (MAX_SEED + 1))


def _digits(dataset: Dataset) -> tuple[ImageRef, ...]:
    """The image that is open, then the first training image of some classes."""
    opened = opened_image(dataset)
    first = [ImageRef(split=SplitName.TRAIN, row=row) for row in first_of_each(dataset.train.labels).tolist()]
    return tuple([opened, *first] if opened is not None else first)[:N_DIGITS]


def _render_draws(
    dataset: Dataset,
    digits: tuple[ImageRef, ...],
    images: UInt8Array,
    draws: UInt8Array,
    scaler: Scaler,
    *,
    is_on: bool,
) -> None:
    rows = np.concatenate([images[:, np.newaxis], draws.swapaxes(0, 1)], axis=1)  # (digits, 1 + draws, 28, 28)
    flat = rows.reshape(-1, *images.shape[1:])
    if is_on:
        st.markdown(f"**Left: the original. Right: {N_DRAWS} draws.** Training draws new ones for every batch.")
    else:
        st.markdown("**Augmentation is off**: all images in a row are the original. Move a slider to change that.")
    scaled = scaler.apply(flat)[..., 0]
    picked = digit_grid(
        _as_picture(scaled),
        [_caption(dataset, digits[i // (N_DRAWS + 1)]) for i in range(len(flat))],
        key="explore.draws",
        label="Original and augmented images",
        notes=[_note(dataset, digits, i) for i in range(len(flat))],
        cell=CELL,
        columns=N_DRAWS + 1,
    )
    st.caption(
        f"After scaling, the values are between {scaled.min():.3g} (black) and {scaled.max():.3g} (white), with mean "
        f"{scaled.mean():.3g} and standard deviation {scaled.std():.3g}. Click an image to move it to the top."
    )
    if picked is not None:
        digit = digits[picked // (N_DRAWS + 1)]
        open_image(digit.split, digit.row)
        st.rerun()


def _render_enlarged(dataset: Dataset, digit: ImageRef, image: UInt8Array, scaler: Scaler) -> None:
    scaled = scaler.apply(image[np.newaxis])[0, ..., 0]
    st.markdown(f"**First draw: {_caption(dataset, digit).lower()}**, with the values the network gets")
    pixel_view(_as_picture(scaled[np.newaxis])[0], key="explore.fed", label=_caption(dataset, digit), values=scaled)


def _note(dataset: Dataset, digits: tuple[ImageRef, ...], i: int) -> str:
    digit, draw = divmod(i, N_DRAWS + 1)
    return f"{_caption(dataset, digits[digit])}, {f'draw {draw}' if draw else 'original'}"


def _caption(dataset: Dataset, digit: ImageRef) -> str:
    label = dataset.class_names[dataset.split(digit.split).labels[digit.row]]
    return f"Label {label}, {image_words(digit.split, digit.row)}"


def _as_picture(scaled: Float32Array) -> UInt8Array:
    """Scaled images (N, 28, 28) as grey values, from the lowest (black) to the highest value (white) among them."""
    low, high = float(scaled.min()), float(scaled.max())
    picture: UInt8Array = np.rint((scaled - low) * (255 / ((high - low) or 1.0))).astype(np.uint8)
    return picture
