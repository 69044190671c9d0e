"""Draw in every state: without runs, with some, with drawings that are none, with a collection of handwriting."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.shared.answers.live import answers_to
from dashboard.state.url_kinds import UrlImage
from mnist_core.data.collected.source import NAME
from mnist_core.data.collected.store import add_digit, read_collection
from mnist_core.data.dataset import Dataset
from mnist_core.data.drawing import prepared
from mnist_core.data.image_ref import Drawing
from mnist_core.data.sources.catalogue import list_datasets, load_dataset
from mnist_core.errors import ConfigError, RunError
from mnist_core.evaluation.intervals import wilson_interval
from mnist_core.models.recipes import RECIPES
from mnist_core.network.bundled import bundled_network
from mnist_core.network.scoring import score_images
from mnist_core.runs.store import RunStore
from mnist_core.shares import shown_range, shown_share
from tests.inspected_runs import UNIT, of_recipe, run_of
from tests.pages.finding import (
    assert_sound,
    component,
    links,
    numbers,
    pictures,
    says,
    texts,
)
from tests.pages.opening import OpenPage

SIDE = 112


@pytest.fixture
def store(runs_folder: Path) -> RunStore:
    return RunStore(runs_folder)


@pytest.fixture(scope="module")
def sample(sample_data_folder: Path) -> Dataset:
    return load_dataset("mnist-sample", sample_data_folder)


@pytest.fixture
def collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: OpenPage, sample: Dataset) -> Path:
    """A folder of data sets with forty digits of two writers: test digits of the sample."""
    folder = tmp_path / "collected"
    folder.mkdir()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    for row in range(40):
        writer = "Ada" if row % 2 else "**Bob**"
        add_digit(folder, sample.test.images[row], int(sample.test.labels[row]), writer)
    return folder


def on_pad(digit: np.ndarray) -> np.ndarray:
    """A digit as somebody would have drawn it, not in the middle."""
    pad = np.zeros((SIDE, SIDE), np.uint8)
    pad[2:86, 20:104] = np.kron(digit, np.ones((3, 3), np.uint8))
    return pad


def drawn(pixels: np.ndarray, token: str = "empty") -> dict[str, object]:
    """What the browser sends of a pad."""
    return {"drawn": {"token": token, "pixels": base64.b64encode(pixels.tobytes()).decode()}}


def drawing(open_page: OpenPage, pixels: np.ndarray, **url: str) -> AppTest:
    app = open_page("draw", **url)
    app.session_state["draw.pad"] = drawn(pixels)
    return app.run()


def test_without_runs_the_bundled_network_answers(open_page: OpenPage, sample: Dataset) -> None:
    app = open_page("draw")
    assert_sound(app)
    assert sum(component(app, "draw.answer.bars")["shares"]) == 0
    digit = sample.test.images[0]
    app.session_state["draw.pad"] = drawn(on_pad(digit))
    app.run()
    assert_sound(app)
    expected = bundled_network().predict(digit[np.newaxis])[0]
    assert component(app, "draw.answer.bars")["shares"] == pytest.approx(expected.tolist(), abs=1e-4)
    assert component(app, "draw.answer.words")["words"][1] == str(int(expected.argmax()))


def test_every_step_is_shown(open_page: OpenPage, sample: Dataset) -> None:
    app = drawing(open_page, on_pad(sample.test.images[4]))
    sizes = [(width, height) for _, width, height, *_ in component(app, "draw.steps")["pictures"]]
    assert sizes[0] == (SIDE, SIDE)
    assert sizes[2:] == [(20, 20), (28, 28)]
    last = base64.b64decode(component(app, "draw.steps")["pictures"][3][0])
    assert np.array_equal(np.frombuffer(last, np.uint8).reshape(28, 28), sample.test.images[4])


def test_an_edit_changes_what_the_network_gets(open_page: OpenPage, sample: Dataset) -> None:
    app = drawing(open_page, on_pad(sample.test.images[4]))
    before = component(app, "draw.answer.bars")["shares"]
    app.session_state["draw.edits"] = True
    app.run().slider(key="draw.operate.rotate.empty").set_value(60.0).run()
    assert_sound(app)
    edited = component(app, "draw.answer.bars")["shares"]
    assert edited != before
    assert len(component(app, "draw.steps")["pictures"]) == 5
    app.session_state["draw.edits"] = False  # folded, the sliders stay as they were set
    assert component(app.run(), "draw.answer.bars")["shares"] == edited
    app.button(key="draw.operate.back").click().run()
    assert component(app, "draw.answer.bars")["shares"] == before
    assert not any(slider.key.startswith("draw.operate") for slider in app.slider)


DOT = np.zeros((SIDE, SIDE), np.uint8)
DOT[50:56, 50:56] = 255


@pytest.mark.parametrize("pixels", [DOT, np.full((SIDE, SIDE), 255, np.uint8)], ids=["a dot", "all ink"])
def test_what_is_no_digit_gets_a_sentence_and_no_answer(open_page: OpenPage, pixels: np.ndarray) -> None:
    empty = open_page("draw")
    app = drawing(open_page, pixels)
    assert_sound(app)
    assert sum(component(app, "draw.answer.bars")["shares"]) == 0
    assert len(app.caption) == len(empty.caption) + 1


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "text",
        {},
        {"token": "empty", "pixels": "%%%"},
        {"token": "empty", "pixels": "A" * 10_000_000},
        {"token": "empty", "pixels": base64.b64encode(bytes(784)).decode()},
        {"token": "another", "pixels": base64.b64encode(bytes(SIDE * SIDE)).decode()},
    ],
    ids=["nothing", "text", "no keys", "no base64", "too long", "another size", "another pad"],
)
def test_a_drawing_that_cannot_be_is_an_empty_pad(open_page: OpenPage, sent: object) -> None:
    app = open_page("draw")
    app.session_state["draw.pad"] = {"drawn": sent}
    app.run()
    assert_sound(app)
    assert sum(component(app, "draw.answer.bars")["shares"]) == 0


def test_several_networks_answer_side_by_side(open_page: OpenPage, store: RunStore, sample: Dataset) -> None:
    runs = [run_of(store, of_recipe(recipe)) for recipe in ("lenet-5", "two-conv", "deep-mlp")]
    digit = sample.test.images[0]
    app = drawing(open_page, on_pad(digit), run=runs[0], networks=f"bundled.{runs[1]}.{runs[2]}")
    assert_sound(app)
    rows = component(app, "draw.answer.rows")["rows"]
    assert len(rows) == 4
    for run_id, row in zip([runs[0], None, *runs[1:]], rows, strict=True):
        if run_id is None:
            expected = bundled_network().predict(digit[np.newaxis])[0]
        else:
            architecture = store.get(run_id).config.architecture
            expected = score_images(architecture, store.weights(run_id, "best"), UNIT, digit[np.newaxis])[0]
        assert row[4] == pytest.approx(expected.tolist(), abs=1e-3)
        assert row[1] == str(int(expected.argmax()))
    said = component(app, "draw.answer.words")["words"][1::2]
    assert sorted(said) == sorted({row[1] for row in rows})


@pytest.mark.parametrize("n_networks", [1, 3])
def test_the_answers_beside_the_page_are_those_of_the_page(
    open_page: OpenPage, store: RunStore, sample: Dataset, n_networks: int
) -> None:
    runs = [run_of(store, of_recipe(recipe)) for recipe in ("lenet-5", "deep-mlp")]
    names = (runs[0], "bundled", runs[1])[:n_networks]
    pixels = on_pad(sample.test.images[7])
    app = drawing(open_page, pixels, run=runs[0], networks=".".join(names[1:]) or "none")
    shown = component(app, f"draw.answer.{'bars' if n_networks == 1 else 'rows'}")
    answer = json.loads(json.dumps(answers_to(pixels.tobytes(), names)))
    assert answer["words"] == list(component(app, "draw.answer.words")["words"])
    assert answer["shown"] == {name: json.loads(json.dumps(shown[name])) for name in answer["shown"]}


def test_an_answer_is_refused_for_what_is_no_drawing_or_no_network(store: RunStore) -> None:
    empty = np.zeros((SIDE, SIDE), np.uint8).tobytes()
    untrained = store.create(of_recipe("lenet-5"))
    gone = store.get(untrained).run_id[:-6] + "abcdef"
    for pixels, names in ((b"", ["bundled"]), (empty, []), (empty, ["bundled"] * 7), (empty, [untrained])):
        with pytest.raises(ConfigError):
            answers_to(pixels, names)
    for name in (gone, "../../etc", "", "Bundled"):
        with pytest.raises(RunError):
            answers_to(empty, [name])


def test_a_run_that_is_deleted_while_it_is_looked_at_is_explained(
    open_page: OpenPage, store: RunStore, sample: Dataset
) -> None:
    kept, gone = (run_of(store, of_recipe(recipe)) for recipe in ("lenet-5", "two-conv"))
    app = drawing(open_page, on_pad(sample.test.images[0]), run=kept, networks=gone)
    shutil.rmtree(store.folder(gone) / "checkpoints")
    app.run()
    assert_sound(app)
    rows = component(app, "draw.answer.rows")["rows"]
    assert max(rows[0][4]) > 0
    assert max(rows[1][4]) == 0


@pytest.mark.parametrize("recipe", ["lenet-5", "deep-mlp"])
def test_layers_and_nearest_digits_are_a_click_away(
    open_page: OpenPage, store: RunStore, sample: Dataset, recipe: str
) -> None:
    run_id = run_of(store, of_recipe(recipe))
    digit = sample.train.images[7]
    for closer in ("nearest", "layers"):
        assert_sound(open_page("draw", run=run_id, closer=closer))
    nearest = drawing(open_page, on_pad(digit), run=run_id, closer="nearest")
    assert component(nearest, "draw.nearest")["ids"][0] == 7
    assert says(nearest, len(sample.train))
    layers = drawing(open_page, on_pad(digit), run=run_id, closer="layers")
    assert_sound(layers)
    assert component(layers, "draw.maps")["count"] > 0
    ((page, query),) = links(layers.get_by_key("draw.closer"))
    assert page == "inside"
    inside = open_page("inside", **query)
    assert_sound(inside)
    assert component(inside, "inside.probabilities")["roles"].count("true") == 0
    drawn = UrlImage().parse(query["image"])
    assert isinstance(drawn, Drawing)
    np.testing.assert_array_equal(drawn.image, prepared(on_pad(digit)))
    shares = score_images(RECIPES[recipe].architecture, store.weights(run_id), UNIT, drawn.image[np.newaxis])[0]
    assert int(shares.argmax()) == component(inside, "inside.probabilities")["roles"].index("predicted")


@pytest.mark.parametrize(
    "url",
    [
        *({"view": "x"}, {"closer": "x"}, {"networks": "../x"}, {"networks": "bundled.bundled"}, {"layer": "../x"}),
        *({"networks": "20260102-030405-abcdef"}, {"networks": "none"}, {"run": "20260102-030405-abcdef"}),
        *({"view": "handwriting", "part": "x"}, {"view": "handwriting", "part": "gallery", "writer": "nobody"}),
        *({"view": "photograph", "source": "x"}, {"view": "handwriting", "part": "scores", "scored": "x"}),
    ],
    ids=str,
)
def test_nonsense_in_the_link_is_ignored(open_page: OpenPage, url: dict[str, str]) -> None:
    assert_sound(open_page("draw", **url))


def test_the_camera_and_the_file_are_two_ways_to_the_same(open_page: OpenPage) -> None:
    for source in ("file", "camera"):
        assert_sound(open_page("draw", view="photograph", source=source))


# My handwriting ------------------------------------------------------------------------------------------------------


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: OpenPage) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("MNIST_STUDIO_DATA", str(folder))
    return folder


def asked(app: AppTest) -> int:
    """The digit that is asked for."""
    (text,) = texts(app.get_by_key("draw.prompt"))
    return int(numbers(text)[-1])


def enter(app: AppTest, pixels: np.ndarray) -> None:
    token = component(app, "draw.collected")["token"]
    app.session_state["draw.collected"] = {"entered": drawn(pixels, token)["drawn"]}
    app.run()
    app.session_state["draw.collected"] = {"entered": None}


def test_enter_saves_a_digit_under_its_prompt_and_asks_for_the_next(
    own_folder: Path, open_page: OpenPage, sample
) -> None:
    app = open_page("draw", view="handwriting")
    app.text_input(key="draw.writer_name").set_value("Ada").run()
    wanted = []
    for row in range(3):
        wanted.append(asked(app))
        enter(app, on_pad(sample.test.images[row]))
        assert_sound(app)
    found = read_collection(own_folder)
    assert found.labels.tolist() == wanted
    assert set(found.writers) == {"Ada"}
    assert np.array_equal(found.images, [prepared(on_pad(image)) for image in sample.test.images[:3]])
    assert component(app, "draw.last")["count"] == 3
    app.button(key="draw.undo_last").click().run()
    assert asked(app) == wanted[-1]
    assert len(read_collection(own_folder)) == 2
    enter(app, on_pad(sample.test.images[2]))
    app.button(key="draw.skip").click().run()
    app.button(key="draw.undo_last").click().run()
    assert asked(app) == wanted[-1]  # not what was skipped since
    assert read_collection(own_folder).labels.tolist() == wanted[:2]


def test_a_name_that_is_too_long_is_refused_in_a_sentence(own_folder: Path, open_page: OpenPage, sample) -> None:
    """A field with a limit of its own takes nothing of a text that is pasted, without a word."""
    app = open_page("draw", view="handwriting")
    app.text_input(key="draw.writer_name").set_value("Ada " * 50).run()
    enter(app, on_pad(sample.test.images[0]))
    assert len(app.warning) == 1
    assert len(read_collection(own_folder)) == 0


def test_an_empty_pad_is_not_saved_and_skip_asks_for_another(own_folder: Path, open_page: OpenPage) -> None:
    app = open_page("draw", view="handwriting")
    before = asked(app)
    app.button(key="draw.save").click().run()
    assert len(app.warning) == 1
    assert asked(app) == before
    app.button(key="draw.skip").click().run()
    assert len(app.warning) == 0
    assert asked(app) != before
    assert len(read_collection(own_folder)) == 0


def test_without_a_name_nothing_is_saved(own_folder: Path, open_page: OpenPage, sample: Dataset) -> None:
    app = open_page("draw", view="handwriting")
    app.text_input(key="draw.writer_name").set_value("  ").run()
    enter(app, on_pad(sample.test.images[0]))
    assert len(app.warning) == 1
    assert len(read_collection(own_folder)) == 0


@pytest.mark.parametrize("part", ["collect", "gallery", "scores"])
def test_without_digits_each_part_says_how_to_begin(own_folder: Path, open_page: OpenPage, part: str) -> None:
    assert_sound(open_page("draw", view="handwriting", part=part))


def test_the_gallery_shows_relabels_deletes_and_brings_back(collected: Path, open_page: OpenPage) -> None:
    app = open_page("draw", view="handwriting", part="gallery", writer="**Bob**")
    found = read_collection(collected)
    rows = found.rows_of(writer="**Bob**")[::-1]
    assert np.array_equal(pictures(app, "draw.gallery"), found.images[rows])
    app.session_state["draw.gallery"] = {"picked": 2}
    app.run()
    opened = int(found.ids[rows[2]])
    app.session_state["draw.gallery"] = {"picked": None}
    app.button(key="draw.delete").click().run()
    assert opened not in read_collection(collected).ids
    app.button(key="draw.restore").click().run()
    assert np.array_equal(read_collection(collected).ids, found.ids)
    assert_sound(app)
    old = int(found.labels[rows[2]])
    app.segmented_control(key=f"draw.relabel.{opened}.{old}").set_value((old + 1) % 10).run()
    assert_sound(app)
    now = read_collection(collected)
    assert now.labels[now.row_of(opened)] == (old + 1) % 10


def test_every_run_is_scored_on_the_collection(collected: Path, open_page: OpenPage, store: RunStore) -> None:
    run_id = run_of(store, of_recipe("lenet-5"))
    app = open_page("draw", view="handwriting", part="scores")
    assert_sound(app)
    found = read_collection(collected)
    architecture = store.get(run_id).config.architecture
    mine = score_images(architecture, store.weights(run_id, "best"), UNIT, found.images).argmax(axis=1)
    for row, predicted in zip(
        component(app, "draw.scores")["rows"],
        [mine, bundled_network().predict(found.images).argmax(axis=1)],
        strict=True,
    ):
        n_correct = int((predicted == found.labels).sum())
        interval = wilson_interval(n_correct, 40)
        assert [cell[0] for cell in row[1:4]] == [
            shown_share(n_correct / 40), shown_range(interval.low, interval.high), str(40 - n_correct)
        ]  # fmt: skip
    assert component(app, "draw.wrong")["ids"] == found.ids[mine != found.labels].tolist()


def test_its_digits_join_the_training_digits_and_are_known_again(
    collected: Path, open_page: OpenPage, store: RunStore
) -> None:
    app = open_page("draw", view="handwriting", part="scores")
    app.button(key="draw.join").click().run()
    assert_sound(app)
    (name,) = [
        info.name for info in list_datasets(collected) if info.name.endswith("handwriting") and info.name != NAME
    ]
    run_of(store, of_recipe("lenet-5", dataset=name))
    app = open_page("draw", view="handwriting", part="scores")
    assert_sound(app)
    n_train = int((~read_collection(collected).is_test).sum())
    assert component(app, "draw.scores")["rows"][0][4][0] == str(n_train)
    assert len(app.warning) == 1


def test_it_is_a_data_set_on_the_other_pages(collected: Path, open_page: OpenPage) -> None:
    found = read_collection(collected)
    app = open_page("explore", data=NAME, split="test")
    assert_sound(app)
    assert component(app, "explore.grid")["count"] == len(load_dataset(NAME, collected).test)
    assert len(load_dataset(NAME, collected).test) == int(found.is_test.sum())


def test_a_damaged_collection_is_explained(collected: Path, open_page: OpenPage) -> None:
    path = collected / "handwriting" / "digits.npz"
    path.write_bytes(path.read_bytes()[:300])
    for part in ("gallery", "scores", "collect"):
        app = open_page("draw", view="handwriting", part=part)
        assert len(app.exception) == 0
        assert len(app.error) == 1


def test_a_drawing_on_the_pad_is_saved_with_a_label_once(
    own_folder: Path, open_page: OpenPage, sample: Dataset
) -> None:
    app = drawing(open_page, on_pad(sample.test.images[0]))
    app.button(key="draw.keep_4").click().run()
    assert_sound(app)
    found = read_collection(own_folder)
    assert (found.labels.tolist(), len(found.writers)) == ([4], 1)
    assert np.array_equal(found.images, [sample.test.images[0]])
    assert not any(button.key == "draw.keep_4" for button in app.button)  # it is saved already
    app.session_state["draw.pad"] = drawn(on_pad(sample.test.images[1]))
    app.run().button(key="draw.keep_9").click().run()
    assert read_collection(own_folder).labels.tolist() == [4, 9]
    app.button(key="draw.keep_undo").click().run()
    assert read_collection(own_folder).labels.tolist() == [4]
    assert any(button.key == "draw.keep_9" for button in app.button)
