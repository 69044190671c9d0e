"""The design that a tab edits, and what a person does to it."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from mnist_core.training.config import ExperimentConfig, config_from_recipe

TWO_CONV = config_from_recipe("two-conv", dataset="mnist-sample")


def draft_of(app: AppTest) -> Any:
    return app.session_state["tab.design"]


def config_of(app: AppTest) -> ExperimentConfig:
    config: ExperimentConfig = draft_of(app).config
    return config


def opened(app: AppTest, *sections: str) -> AppTest:
    """The page with folded sections unfolded."""
    for section in sections:
        app.session_state[section] = True
    return app.run()


def press_start(app: AppTest) -> AppTest:
    return app.button(key="design.start").click().run()


def send_layers(app: AppTest, layers: list[dict[str, Any]]) -> AppTest:
    """What the layer editor's script sends from the browser."""
    draft = draft_of(app)
    app.session_state["design.layers"] = {
        "edit": {"revision": draft.revision, "seq": draft.answered + 1, "layers": layers}
    }
    return app.run()


def layer(kind: str, name: str, **fields: str) -> dict[str, Any]:
    return {"id": name, "kind": kind, "fields": fields}
