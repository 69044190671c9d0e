"""The cost of a training, by a benchmark on this machine before it is started.

Only `worker.py` and `timing.py` import the trainer, and with it Keras; all other modules may run in the server.
"""
