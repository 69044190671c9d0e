"""The labels of data sets in the boxes that choose one."""

from __future__ import annotations

from collections import Counter

from dashboard import cached


def dataset_labels(chosen: str = "") -> dict[str, str]:
    """The labels of the data sets on this machine by name, all different: where titles are equal, with the name.

    A select box is told its options by their labels: of two with the same one, it would take the last.

    Args:
        chosen: name of a data set that comes last if it is not on this machine.
    """
    titles = {info.name: info.title for info in cached.datasets() if info.available}
    if chosen and chosen not in titles:
        titles[chosen] = f"{chosen} (not on this machine)"
    seen = Counter(titles.values())
    return {name: title if seen[title] == 1 else f"{title} · {name}" for name, title in titles.items()}
