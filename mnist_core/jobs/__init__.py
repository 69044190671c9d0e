"""The worker that trains one run, and how it is started, controlled and queued.

Only `worker.py` imports the trainer, and with it Keras; all other modules here may run in the server.
"""
