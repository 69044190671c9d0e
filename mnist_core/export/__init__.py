"""Export of designs and runs in a form that works without MNIST Studio.

Code here may import everything to its left in the order of the core; Keras only in modules that a separate process
runs. Exported files do not need this project to be installed.
"""
