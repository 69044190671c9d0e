"""The diagram of a network in the colours of the page; wide ones scroll."""

from __future__ import annotations

from dashboard.widgets.component import component

_component = component(__file__, is_always_new=True)


def network_picture(svg: str, *, key: str) -> None:
    """Show an SVG drawing, which becomes part of the page: all text in it must be escaped.

    Args:
        svg: an `<svg>` element; `--network-convolution`, `--network-pooling` and the like are the colours it can use.
        key: "<page>.<field>".
    """
    _component(key=key, data={"svg": svg})
