"""One experiment from its settings to its last epoch.

Knows data and models; knows nothing of run directories: whoever calls the trainer hands it a `Recorder`.
Only `trainer.py` and what they alone import may import Keras.
"""
