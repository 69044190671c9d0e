"""Processes: the worker that trains one run, and how it is started, asked and queued.

Only `worker.py` imports the trainer, and with it Keras; all else here may run in the server.
"""
