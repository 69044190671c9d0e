"""Processes: the worker that trains one run, and how it is started, asked and queued.

Only `worker.py` and `price_worker.py` import the trainer, and with it Keras; all else here may run in the server.
"""
