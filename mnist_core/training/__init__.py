"""Training one network, from its configuration to the last epoch.

Depends on data and models, not on run directories: the caller of the trainer passes a `Recorder`.
Only `trainer.py` and the modules that it alone imports may import Keras.
"""
