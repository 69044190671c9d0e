"""Adds the training digits of the collection to those of another data set, as a new data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mnist_core.data.collected.collection import Collection
from mnist_core.data.collected.source import TITLE
from mnist_core.data.dataset import Dataset, Split, content_sha256
from mnist_core.data.imports.draft_folders import discard_draft, new_draft_folder
from mnist_core.data.imports.store import keep_folder, suggested_name, write_images
from mnist_core.data.sources.catalogue import remember_dataset
from mnist_core.errors import DatasetError

SET = "set"


def join_training(folder: Path, base: Dataset, found: Collection) -> str:
    """Store `base` with the collection's training digits among its own; returns the name of the new data set.

    Its test split is that of `base`, so that results can be compared; the collection's test digits stay unseen.

    Raises:
        DatasetError: the collection has no training digits, or the data set cannot be stored.
    """
    own = found.split(is_test=False)
    if not len(own):
        raise DatasetError("The collection has no training digits yet. Expected at least one.")
    train = Split(
        images=np.concatenate([base.train.images, own.images]),
        labels=np.concatenate([base.train.labels, own.labels]),
    )
    name = suggested_name(f"{base.name}-with-handwriting", folder)
    about = {
        "name": name,
        "title": f"{base.title} with {TITLE.lower()} ({len(own):,})",
        "source": f"{base.source}; {len(own):,} training digits of the collection",
        "licence": base.licence,
    }
    draft = new_draft_folder(folder)
    try:
        (draft / SET).mkdir()
        write_images(draft / SET, train, base.test)
        keep_folder(folder, draft / SET, about)
    except OSError as error:
        raise DatasetError(f"The data set {name} cannot be stored: {error.strerror or error}.") from error
    finally:
        discard_draft(draft)
    remember_dataset(name, folder, sha256=content_sha256(train, base.test), sizes=(len(train), len(base.test)))
    return name
