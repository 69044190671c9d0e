"""Takes the screenshots of the README: `python docs/screenshots.py [PAGE ...]`; without names, of all pages.

It starts a dashboard on a temporary folder, trains a network there (on the full MNIST if it is on this machine, else
on the sample), and writes the screenshots to `docs/screenshots/`. It needs the development requirements and a Chromium.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mnist_core.data.sources.catalogue import default_dataset_name
from mnist_core.environment import data_folder
from mnist_core.evaluation.confusion import ConfusionMatrix
from mnist_core.jobs import queue
from mnist_core.runs.store import RunStore
from mnist_core.training.config import config_from_recipe
from tests.browser.chromium import ADVICE, ARGUMENTS, find_chromium
from tests.browser.conftest import SETTLED, Server, serving
from tests.waiting import wait_until

FOLDER = Path(__file__).parent / "screenshots"
SIZE = {"width": 1280, "height": 800}
MAX_BYTES = 150_000  # a repository keeps every version of an image
COLOURS = 256
RECIPE, EPOCHS, EPOCHS_SHOWN = "lenet-5", 6, 4
"""What is trained, and how many epochs are finished when the picture of the training is taken."""
TRAINING_SECONDS = 1_800
DRAWING_SECONDS = 300  # the first visit measures the handwriting of all digits

N_TRIES = 5

LIGHT, BOTH = ("light",), ("light", "dark")
TRAIN = "train"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A page as it is to be seen.

    Attributes:
        address: the path and query of the page; `{run}`, `{misclassified}` and `{cell}` are values of the run.
        shows: a selector, and how many elements it must match at least.
    """

    page: str
    address: str
    shows: tuple[str, int]
    schemes: tuple[str, ...] = LIGHT


DIGITS, CURVES = (".digits button", 1), (".js-plotly-plot .scatterlayer .trace", 4)

SCENES = (
    Scene(page=TRAIN, address="/train?run={run}", shows=CURVES, schemes=BOTH),
    Scene(page="home", address="/", shows=DIGITS),
    Scene(page="explore", address="/explore?image=train-7", shows=DIGITS),
    Scene(page="design", address="/design", shows=("input", 10)),
    Scene(page="evaluate", address="/evaluate?run={run}&view=confusion&cell={cell}", shows=DIGITS, schemes=BOTH),
    Scene(page="mistakes", address="/mistakes?run={run}&image={misclassified}", shows=DIGITS),
    Scene(
        page="inside",
        address="/inside?run={run}&which=wrong&image={misclassified}",
        shows=(".grid canvas", 20),
        schemes=BOTH,
    ),
)


def main() -> int:
    chromium = find_chromium()
    if chromium is None:
        print(ADVICE, file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="mnist-studio-screenshots-") as folder,
        serving(Path(folder), data_folder()) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        capture_all(browser, server, set(sys.argv[1:]) or {scene.page for scene in SCENES})
        browser.close()
    return 0


def capture_all(browser: Browser, server: Server, wanted: Collection[str]) -> None:
    """Train is captured during the training, the other pages afterwards."""
    store = RunStore(server.runs)
    config = config_from_recipe(RECIPE, dataset=default_dataset_name(), epochs=EPOCHS)
    run_id = store.create(config, name="First network")
    queue.enqueue(store, run_id)
    values = {"run": run_id}
    for scene in SCENES:
        if scene.page == TRAIN:
            wait_until(lambda: len(store.history(run_id)) >= EPOCHS_SHOWN, seconds=TRAINING_SECONDS)
        else:
            wait_until(lambda: store.get(run_id).status.is_finished, seconds=TRAINING_SECONDS)
            values |= _worth_seeing(store, run_id)
        if scene.page in wanted:
            for scheme in scene.schemes:
                capture(browser, server.url + scene.address.format(**values), scene, scheme)


def _worth_seeing(store: RunStore, run_id: str) -> dict[str, str]:
    predictions = store.predictions(run_id, "test")
    pair = ConfusionMatrix.from_predictions(predictions).most_confused(1)[0]
    misclassified = predictions.index[predictions.losses.argmax()]
    return {"misclassified": str(misclassified), "cell": f"{pair.true_label}-{pair.predicted_label}"}


def capture(browser: Browser, address: str, scene: Scene, scheme: str) -> None:
    """One page in one theme."""
    context = browser.new_context(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    page.locator(SETTLED).wait_for()
    page.evaluate("document.fonts.ready")
    wait_until(is_drawn(page, scene), seconds=DRAWING_SECONDS)
    # A curve that is being redrawn may be missing for an instant: the largest of several screenshots is complete.
    content = small_png(max((page.screenshot() for _ in range(N_TRIES)), key=len))
    context.close()
    name = f"{scene.page}-{scheme}.png"
    if len(content) > MAX_BYTES:
        raise SystemExit(f"{name} would have {len(content):,} bytes. Expected at most {MAX_BYTES:,}.")
    (FOLDER / name).write_bytes(content)
    print(f"docs/screenshots/{name}: {len(content) // 1000} kB")


def is_drawn(page: Page, scene: Scene) -> Callable[[], bool]:
    """Whether everything is drawn and, except for a running training, no longer changes."""
    selector, least = scene.shows
    last = [b""]

    def is_all_there() -> bool:
        if page.get_by_test_id("stSkeleton").count() or page.locator(selector).count() < least:
            return False
        if scene.page == TRAIN:
            return True
        before, last[0] = last[0], page.screenshot()
        return before == last[0] and page.get_by_test_id("stProgress").count() == 0

    return is_all_there


def small_png(image_bytes: bytes) -> bytes:
    """The image with its own palette and without dithering: text stays sharp, and the file is a third of the size."""
    image = Image.open(io.BytesIO(image_bytes)).convert("RGB")
    buffer = io.BytesIO()
    image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        buffer, "PNG", optimize=True
    )
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
