"""The questions of `bench_runs.py` to MLflow's SQLite store; run by the Python of an environment that has MLflow.

    PYTHON benchmarks/mlflow_runs.py FOLDER --runs 10000 [--repeats 3]

FOLDER has the run directories that `generated_runs.py` made. Their settings, scores and tags are written straight into
MLflow's tables, because its client needs minutes for so many; it is asked through the client. Prints one JSON object
with the 95th percentile of each question in seconds.
"""

from __future__ import annotations

import argparse
import json
import time
import uuid
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.store.tracking.dbmodels.models import (
    SqlLatestMetric,
    SqlParam,
    SqlRun,
    SqlTag,
)
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

PAGE = 50
QUESTIONS: dict[str, dict[str, Any]] = {
    "newest": {"order_by": ["attributes.start_time DESC"]},
    "sorted": {"order_by": ["metrics.test_accuracy DESC"]},
    "filtered": {"filter_string": "params.recipe = 'two-conv' and metrics.test_accuracy >= 0.95"},
    "by_setting": {"filter_string": "metrics.learning_rate < 0.001", "order_by": ["metrics.learning_rate DESC"]},
    "searched": {"filter_string": "attributes.run_name ILIKE '%attempt 99%'"},
}


def main() -> None:
    parser = argparse.ArgumentParser(description="MLflow's store with many runs.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    address = f"sqlite:///{options.folder.parent / 'mlflow.sqlite'}"
    store = SqlAlchemyStore(address, str(options.folder.parent / "artifacts"))
    experiment = store.create_experiment("generated")
    fill(address, experiment, options.folder)
    client = MlflowClient(tracking_uri=address)
    if count(client, experiment) != options.runs:
        raise SystemExit("MLflow does not find all runs.")
    found = {f"{name}_p95_seconds": timed(client, experiment, question, options.repeats)
             for name, question in QUESTIONS.items()}  # fmt: skip
    print(json.dumps(found))


def fill(address: str, experiment: str, folder: Path) -> None:
    rows: list[Any] = []
    for path in sorted(folder.glob("2*/run.json")):
        rows += rows_of(json.loads(path.read_text()), int(experiment))
    with Session(create_engine(address)) as session:
        session.bulk_save_objects(rows)
        session.commit()


def rows_of(document: dict[str, Any], experiment: int) -> list[Any]:
    run, training, summary = uuid.uuid4().hex, document["config"]["training"], document["summary"]
    began = int(1000 * document["created_at"])
    scores = {name: value for name, value in summary.items() if isinstance(value, int | float)}
    metrics = scores | {"learning_rate": training["learning_rate"]}
    params = {"recipe": document["config"]["recipe"], "dataset": document["config"]["dataset"]}
    params |= {name: str(value)[:250] for name, value in training.items() if not isinstance(value, dict)}
    return [
        SqlRun(run_uuid=run, name=document["name"] or document["run_id"], experiment_id=experiment, start_time=began,
               end_time=began + 50_000, status="FINISHED", lifecycle_stage="active", artifact_uri="", user_id="x"),
        *(SqlLatestMetric(key=key, value=value, timestamp=began, step=0, is_nan=False, run_uuid=run)
          for key, value in metrics.items()),
        *(SqlParam(key=key, value=str(value), run_uuid=run) for key, value in params.items()),
        SqlTag(key="mlflow.runName", value=document["name"] or document["run_id"], run_uuid=run),  # what is searched
        *(SqlTag(key=tag, value="yes", run_uuid=run) for tag in document["tags"]),
    ]  # fmt: skip


def count(client: MlflowClient, experiment: str) -> int:
    n, token = 0, None
    while True:
        page = client.search_runs([experiment], max_results=10_000, page_token=token)
        n, token = n + len(page), page.token
        if not token:
            return n


def timed(client: MlflowClient, experiment: str, question: dict[str, Any], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        if not client.search_runs([experiment], max_results=PAGE, **question):
            raise SystemExit(f"MLflow finds no run with {question}.")
        times.append(time.perf_counter() - began)
    return round(sorted(times)[int(0.95 * (len(times) - 1))], 4)


if __name__ == "__main__":
    main()
