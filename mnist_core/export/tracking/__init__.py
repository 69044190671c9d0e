"""A run for programs that compare trainings: TensorBoard and MLflow.

`exporting.py` is the way in. `tracked.py` is what they are told, in no program's language, and `attached.py` the files
that go along. A process of its own (`process.py`) writes it in the language of TensorBoard (`event_files.py`) or of
MLflow (`mlflow_run.py`); `mlflow_store.py` adds the result to a store that may hold other runs already.
"""
