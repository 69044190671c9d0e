"""Every benchmark, with the options of its short form: all together take less than 15 minutes on two quiet cores."""

from __future__ import annotations

from collections.abc import Mapping

SHORT: Mapping[str, str] = {
    "start": "--pairs 2 --limit 4000",
    "training": "--recipes two-conv,lenet-5,deep-mlp,softmax-regression --pairs 3",
    "stop": "--stops 5 --recipe lenet-5",
    "watching": "--pairs 1 --epochs 8 --recipe softmax-regression",
    "price": "--recipes lenet-5 --limit 6000",
    "helper": "--recipe lenet-5 --digits 4 --pairs 4",
    "first_page": "--times 3",
    "explore": "--times 20",
    "design": "--edits 8",
    "evaluate": "--rounds 2",
    "inside": "--only views --recipe lenet-5",
    "activations": "--rounds 1",
    "screen": "--rounds 1 --interactions 60 --visitors 10 --no-browser",
    "draw": "--strokes 5 --times 12",
    "runs": "--runs 2000 --many 20000 --repeats 10",
    "runs_page": "--runs 1000 --rounds 2",
    "import": "--images 10000",
    "import_page": "--images 10000",
    "cluster": "--runs 60 --seconds 1",
}
"""The scripts are `benchmarks/bench_<name>.py`, in the order in which they run."""

LONG = ("scale", "speedrun", "champion")
"""Those without a short form: `make bench-scale`, and alone."""
