"""A run on disk, and the store of all runs.

The run directory is the truth about a run. Code here starts no process, trains nothing and does not import Keras.
"""
