"""Studies that are deleted and restored: what is on the disk before and after, and what is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from mnist_core.cli import main
from mnist_core.errors import StudyError, StudyNotFoundError
from mnist_core.jobs.launcher import begin
from mnist_core.locks import try_lock
from mnist_core.runs import bin as bins
from mnist_core.runs.marks import tag
from mnist_core.runs.store import RunStore
from mnist_core.tuning import control
from mnist_core.tuning.control import tuner_place
from mnist_core.tuning.deleting import delete_study, left_in_bin, restore_study
from mnist_core.tuning.finals import choose_finals, repeats_of, write_finals
from mnist_core.tuning.search import search
from mnist_core.tuning.study import Study, list_studies, read_study, study_folder, study_names
from mnist_core.tuning.trials import TrialState
from tests.tuning.conftest import Make, base_config, right_answers, trials_of
from tests.tuning.simulated import Simulated


def searched(store: RunStore, make_study: Make, **settings: object) -> Study:
    study = make_study(**{"trials": 3, **settings})
    search(store, study, runner=Simulated(store, right_answers))
    return study


def contents(folder: Path) -> dict[str, str]:
    """Every file of a folder that does not belong to locks and SQLite's own bookkeeping, by its digest."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.endswith((".lock", "-lock"))]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_deleted_study_leaves_its_runs_and_comes_back_whole(store: RunStore, make_study: Make) -> None:
    study = searched(store, make_study)
    folder = study_folder(store.root, "first")
    before, runs, trials = contents(folder), store.run_ids(), trials_of(store, study)
    assert delete_study(store, "first", with_runs=False) == ()
    assert study_names(store.root) == list_studies(store.root) == ()
    assert store.run_ids() == runs
    assert restore_study(store, "first") == ()
    assert contents(folder) == before
    assert trials_of(store, study) == trials
    assert read_study(store.root, "first") == study


def test_its_runs_go_with_it_and_no_others(store: RunStore, make_study: Make) -> None:
    study = searched(store, make_study)
    folder = study_folder(store.root, "first")
    write_finals(folder, choose_finals(study, trials_of(store, study), finalists=1, n_seeds=2))
    search(store, study, runner=Simulated(store, right_answers))
    own = set(store.run_ids())
    assert len(own) > 3
    other = store.create(base_config(), name="of a person")
    tag(store, other, add=(study.tag,))  # a tag alone makes it no trial
    deleted_before = trials_of(store, study).trials[1].run_id
    bins.delete(store, str(deleted_before))
    gone = delete_study(store, "first", with_runs=True)
    assert set(gone) == own - {deleted_before}
    assert store.run_ids() == (other,)
    assert set(restore_study(store, "first")) == set(gone)
    assert set(store.run_ids()) == {*gone, other}
    assert trials_of(store, study).trials[1].state is TrialState.DELETED


def test_a_search_that_is_at_work_is_not_deleted(store: RunStore, make_study: Make) -> None:
    study = make_study()
    folder = study_folder(store.root, "first")
    with tuner_place(folder), pytest.raises(StudyError, match="searching"):
        delete_study(store, "first", with_runs=False)
    (folder / "starting").touch()
    with pytest.raises(StudyError, match="searching"):
        delete_study(store, "first", with_runs=False)
    (folder / "starting").unlink()
    assert read_study(store.root, "first") == study
    assert not control.is_tuned(folder)
    delete_study(store, "first", with_runs=True)


def test_a_run_that_a_person_has_resumed_keeps_its_study(store: RunStore, make_study: Make) -> None:
    searched(store, make_study)
    run_id = store.run_ids()[0]
    lock = try_lock(store.folder(run_id) / "lock")
    assert lock is not None
    begin(store, run_id)
    with pytest.raises(StudyError, match=f"{run_id}.*is being trained"):
        delete_study(store, "first", with_runs=True)
    assert len(store.run_ids()) == 3
    assert study_names(store.root) == ("first",)


def test_a_new_study_of_the_same_name_does_not_take_the_runs_of_the_deleted_one(
    store: RunStore, make_study: Make
) -> None:
    old = searched(store, make_study)
    write_finals(study_folder(store.root, "first"), choose_finals(old, trials_of(store, old), finalists=1, n_seeds=2))
    search(store, old, runner=Simulated(store, right_answers))
    delete_study(store, "first", with_runs=False)
    before = set(store.run_ids())
    new = searched(store, make_study, trials=2)
    assert {trial.run_id for trial in trials_of(store, new).trials}.isdisjoint(before)
    assert repeats_of(store, new) == {}
    gone = delete_study(store, "first", with_runs=True)
    assert len(gone) == 2
    assert set(store.run_ids()) == before
    make_study()
    with pytest.raises(StudyError, match="again"):
        restore_study(store, "first")


def test_a_damaged_study_can_be_deleted(store: RunStore, make_study: Make) -> None:
    searched(store, make_study)
    (study_folder(store.root, "first") / "study.json").write_text('{"schema": 99}')
    assert len(delete_study(store, "first", with_runs=True)) == 3
    assert store.run_ids() == ()


def test_the_record_is_gone_once_the_bin_is_emptied(store: RunStore, make_study: Make) -> None:
    searched(store, make_study)
    delete_study(store, "first", with_runs=True)
    assert bins.empty(store) == 3
    with pytest.raises(StudyNotFoundError, match="in the bin"):
        restore_study(store, "first")
    assert list((store.root / bins.BIN).glob("2*")) == []


def test_an_earlier_one_of_the_same_name_stays_in_the_bin_with_its_runs(store: RunStore, make_study: Make) -> None:
    runs, records = [], []
    for trials in (3, 2):
        searched(store, make_study, trials=trials)
        records.append(contents(study_folder(store.root, "first")))
        runs.append(set(delete_study(store, "first", with_runs=True)))
    assert [study.name for study in bins.deleted_studies(store)] == ["first", "first"]
    assert set(restore_study(store, "first")) == set(store.run_ids()) == runs[1]
    assert contents(study_folder(store.root, "first")) == records[1]
    assert "still in the bin" in left_in_bin(store, "first")
    with pytest.raises(StudyError, match="again"):
        restore_study(store, "first")
    delete_study(store, "first", with_runs=True)
    newest, oldest = bins.deleted_studies(store)
    assert bins.remove(store, tuple(runs[1]), (newest,)) == 2
    assert bins.deleted_studies(store) == (oldest,)
    assert set(restore_study(store, "first")) == set(store.run_ids()) == runs[0]
    assert contents(study_folder(store.root, "first")) == records[0]
    assert (left_in_bin(store, "first"), bins.deleted_studies(store)) == ("", ())
    assert list((store.root / bins.BIN / bins.STUDIES).iterdir()) == []


@pytest.mark.parametrize("is_restored", [True, False])
def test_a_study_that_an_earlier_version_has_deleted_is_still_in_the_bin(
    store: RunStore, make_study: Make, is_restored: bool
) -> None:
    """Its record was at its name alone."""
    searched(store, make_study)
    runs = delete_study(store, "first", with_runs=True)
    (study,) = bins.deleted_studies(store)
    earlier = study.place.with_name("first")
    study.folder.rename(earlier)
    study.place.rmdir()
    make_study()
    delete_study(store, "first", with_runs=False)
    newer, found = bins.deleted_studies(store)
    assert (found.name, found.folder, found.place) == ("first", earlier, earlier)
    bins.remove(store, (), (newer,))
    if is_restored:
        assert set(restore_study(store, "first")) == set(runs) == set(store.run_ids())
    else:
        bins.remove(store, runs, (found,))
        assert store.run_ids() == ()
    assert bins.deleted_studies(store) == ()


def test_the_command_deletes_and_restores(
    runs_folder: Path, make_study: Make, store: RunStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert store.root == runs_folder
    searched(store, make_study)
    runs = store.run_ids()
    assert main(["tune", "first", "--delete", "--with-runs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"deleted": "first", "run_ids": list(runs)}
    assert main(["tune", "first", "--delete"]) == 2
    assert "There is no study `first`" in capsys.readouterr().err
    assert main(["tune", "first", "--restore"]) == 0
    assert "3 runs" in capsys.readouterr().out
    assert store.run_ids() == runs
    for wrong in (["first", "--with-runs"], ["../first", "--delete"], ["none", "--restore"]):
        assert main(["tune", *wrong]) == 2
        assert capsys.readouterr().err.count("\n") == 1
