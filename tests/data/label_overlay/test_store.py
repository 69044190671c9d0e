"""Label overlays on disk: nothing is lost, the data set stays as it is, and what is damaged is not replaced."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from mnist_core.data.dataset import SplitName, content_sha256
from mnist_core.data.image_ref import ImageRef
from mnist_core.data.label_overlay import store
from mnist_core.data.label_overlay.overlay import DecisionKind, LabelOverlay
from mnist_core.data.label_overlay.store import decide, overlay_file, read_overlay, undo, withdraw
from mnist_core.data.sources.catalogue import list_datasets, load_dataset
from mnist_core.errors import DatasetError
from tests.imported_sets import save_imported

SHA, OTHER = "a" * 64, "b" * 64


def of_test(row: int) -> ImageRef:
    return ImageRef(split=SplitName.TEST, row=row)


def shown(overlay: LabelOverlay) -> list[tuple[str, int, str, int | None]]:
    return [(item.image.split.value, item.image.row, item.kind.value, item.label) for item in overlay.decisions]


def test_what_is_decided_is_read_back(tmp_path: Path) -> None:
    assert len(read_overlay(tmp_path, SHA)) == 0
    before = time.time()
    decide(tmp_path, SHA, of_test(247), DecisionKind.RELABEL, 2)
    decide(tmp_path, SHA, ImageRef(split=SplitName.TRAIN, row=247), DecisionKind.AMBIGUOUS)
    decide(tmp_path, SHA, of_test(3), DecisionKind.KEEP)
    found = read_overlay(tmp_path, SHA)
    assert shown(found) == [("test", 247, "relabel", 2), ("train", 247, "ambiguous", None), ("test", 3, "keep", None)]
    assert all(before <= decision.time <= time.time() for decision in found.decisions)
    assert len(read_overlay(tmp_path, OTHER)) == 0


def test_undo_goes_back_through_all_changes_and_outlives_the_process(tmp_path: Path) -> None:
    decide(tmp_path, SHA, of_test(1), DecisionKind.KEEP)
    decide(tmp_path, SHA, of_test(1), DecisionKind.RELABEL, 7)
    withdraw(tmp_path, SHA, of_test(1))
    seen = []
    for _ in range(3):
        assert undo(tmp_path, SHA) == of_test(1)
        seen.append(shown(read_overlay(tmp_path, SHA)))
    assert seen == [[("test", 1, "relabel", 7)], [("test", 1, "keep", None)], []]
    assert undo(tmp_path, SHA) is None


def test_the_data_set_and_its_name_are_not_touched(empty_data_folder: Path) -> None:
    """Another data set of that name has no decisions; the folder of the decisions is no data set."""
    sample = load_dataset("mnist-sample")
    about = {"name": "mine", "title": "Mine", "source": "test", "licence": "none"}
    save_imported(empty_data_folder, about, sample.train.take(range(50)), sample.test.take(range(20)))
    mine = load_dataset("mine", empty_data_folder)
    known = [info.name for info in list_datasets(empty_data_folder)]
    decide(empty_data_folder, mine.sha256, of_test(3), DecisionKind.RELABEL, 9)
    again = load_dataset("mine", empty_data_folder)
    assert again.sha256 == content_sha256(again.train, again.test) == mine.sha256
    assert [info.name for info in list_datasets(empty_data_folder)] == known
    assert len(read_overlay(empty_data_folder, sample.sha256)) == 0


def test_decisions_of_two_tabs_are_both_kept(tmp_path: Path) -> None:
    def work(first: int) -> None:
        for row in range(first, first + 20):
            decide(tmp_path, SHA, of_test(row), DecisionKind.KEEP)

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_overlay(tmp_path, SHA).of_split(SplitName.TEST)) == [
        *range(20),
        *range(100, 120),
        *range(200, 220),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        b'{"schema": "2", "decisions": [], "changes": []}',
        b'{"schema": 1, "decisions": [{"split": "test", "row": 1, "decision": "keep", "time": 1e300}], "changes": []}',
        b'{"schema": 1, "decisions": [{"split": "test", "row": 1, "decision": "keep", "time": -1e14}], "changes": []}',
        b'{"schema": 1, "decisions": [{"split": "test", "row": 1, "decision": "keep", "time": %s}], "changes": []}'
        % (b"9" * 400),
        b'{"schema": 1, "decisions": [{"split": "test", "row": "1", "decision": "keep", "time": 1}], "changes": []}',
        b'{"schema": 1, "decisions": [{"split": "test", "row": 1, "decision": "keep"}], "changes": []}',
        b'{"schema": 1, "decisions": [], "changes": [{"split": "test", "row": 5000, "before": null}]}',
        b'{"schema": 1, "decisions": [{"split": "test", "row": 5000, "decision": "keep", "time": 1}], "changes": []}',
        b'{"schema": 1, "decisions": [{"split": "test", "row": 1, "decision": "burn", "time": 1}], "changes": []}',
        b'{"schema": 1, "decisions": [{"split": "test", "row": -1, "decision": "keep", "time": 1}], "changes": []}',
        b'{"schema": 1, "decisions": [{"split": "test", "row": 1, "decision": "keep", "time": NaN}], "changes": []}',
        b'{"schema": 1, "decisions": [{"split": "valid", "row": 1, "decision": "keep", "time": 1}], "changes": []}',
        b'{"schema": 1, "decisions": [7], "changes": []}',
        b'{"schema": 1, "decisions": [], "changes": [{"split": "test", "row": 1}]}',
    ],
)
def test_a_damaged_file_is_said_in_a_sentence_and_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = overlay_file(tmp_path, SHA)
    path.parent.mkdir()
    path.write_bytes(content)
    n_rows = {SplitName.TRAIN: 6000, SplitName.TEST: 5000}
    for attempt in (
        lambda: read_overlay(tmp_path, SHA, n_rows=n_rows),
        lambda: decide(tmp_path, SHA, of_test(1), DecisionKind.KEEP, n_rows=n_rows),
        lambda: withdraw(tmp_path, SHA, of_test(1), n_rows=n_rows),
        lambda: undo(tmp_path, SHA, n_rows=n_rows),
    ):
        with pytest.raises(DatasetError, match=f"Repair or remove .*{path.name}") as refused:
            attempt()
        assert "object is not" not in str(refused.value)  # in the words of Python
    assert path.read_bytes() == content


def test_a_file_of_a_newer_version_is_not_called_damaged(tmp_path: Path) -> None:
    path = overlay_file(tmp_path, SHA)
    path.parent.mkdir()
    path.write_text('{"schema": 2, "marks": {}}')
    with pytest.raises(DatasetError, match="from a newer version.*Received: 2") as refused:
        decide(tmp_path, SHA, of_test(1), DecisionKind.KEEP)
    assert "remove" not in str(refused.value)
    assert path.read_text() == '{"schema": 2, "marks": {}}'


def test_a_file_without_end_is_not_read(tmp_path: Path) -> None:
    path = overlay_file(tmp_path, SHA)
    path.parent.mkdir()
    path.symlink_to("/dev/zero")
    with pytest.raises(DatasetError, match="not a file"):
        read_overlay(tmp_path, SHA)
    path.unlink()
    path.write_text(" " * store.MAX_BYTES + '{"schema": 1, "decisions": [], "changes": []}')
    with pytest.raises(DatasetError, match="too large"):
        read_overlay(tmp_path, SHA)


def test_a_file_of_this_version_stays_readable(tmp_path: Path) -> None:
    """As the first version wrote it."""
    path = overlay_file(tmp_path, SHA)
    path.parent.mkdir()
    decisions = [
        {"split": "test", "row": 247, "decision": "relabel", "label": 2, "time": 1796065493.05},
        {"split": "train", "row": 9, "decision": "keep", "time": 1796065494.0},
    ]
    changes = [{"split": "train", "row": 9, "before": {"decision": "ambiguous", "time": 1796065490.0}}]
    path.write_text(json.dumps({"schema": 1, "decisions": decisions, "changes": changes}))
    assert shown(read_overlay(tmp_path, SHA)) == [("test", 247, "relabel", 2), ("train", 9, "keep", None)]
    undo(tmp_path, SHA)
    assert shown(read_overlay(tmp_path, SHA)) == [("train", 9, "ambiguous", None), ("test", 247, "relabel", 2)]


def test_there_are_at_most_as_many_decisions_as_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_DECISIONS", 2)
    for row in (1, 2):
        decide(tmp_path, SHA, of_test(row), DecisionKind.KEEP)
    with pytest.raises(DatasetError, match="at most 2"):
        decide(tmp_path, SHA, of_test(3), DecisionKind.KEEP)
    decide(tmp_path, SHA, of_test(2), DecisionKind.AMBIGUOUS)
    assert shown(read_overlay(tmp_path, SHA)) == [("test", 1, "keep", None), ("test", 2, "ambiguous", None)]


def test_as_many_decisions_as_are_allowed_fit_into_a_file_that_is_read(tmp_path: Path) -> None:
    path = overlay_file(tmp_path, SHA)
    path.parent.mkdir()
    item = {"split": "train", "decision": "relabel", "label": 9, "time": 1796065493.0512028}
    decisions = [{**item, "row": 1_000_000 + row} for row in range(store.MAX_DECISIONS)]
    path.write_text(json.dumps({"schema": 1, "decisions": decisions, "changes": []}))
    decide(tmp_path, SHA, ImageRef(split=SplitName.TRAIN, row=1_000_000), DecisionKind.KEEP)
    assert len(read_overlay(tmp_path, SHA)) == store.MAX_DECISIONS


@pytest.mark.parametrize("sha256", ["", "a" * 63, "A" * 64, "../" * 21 + "a", "a" * 64 + "\n"])
def test_only_a_digest_becomes_a_path(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(DatasetError, match="64"):
        decide(tmp_path, sha256, of_test(1), DecisionKind.KEEP)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o555)
    try:
        with pytest.raises(DatasetError, match="read-only"):
            decide(folder, SHA, of_test(1), DecisionKind.KEEP)
        assert len(read_overlay(folder, SHA)) == 0
    finally:
        folder.chmod(0o755)
