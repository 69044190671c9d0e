"""A run on disk, and the store of all runs.

The directory of a run is the truth about it. Code here starts no process, trains nothing and imports no Keras.
"""
