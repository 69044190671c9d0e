"""What a training will cost, measured on this machine before it is started.

Only `worker.py` and `timing.py` import the trainer, and with it Keras; all else may run in the server.
"""
