"""The helper: one long-lived process with Keras that answers the questions of a server.

`client.py` is the end in the server: it starts the process, passes questions on one line each, and starts another
process when one dies. `process.py` is the program. `answers.py` asks a question about a run and keeps its answer in the
run directory. `networks.py`, which only the process loads, holds the networks of several runs.
"""
