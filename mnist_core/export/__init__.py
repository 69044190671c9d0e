"""What a person takes away: an experiment or a run in a form that works without MNIST Studio.

Code here may import everything to its left in the order of the core; Keras only in modules that a process of their own
runs. What it writes never depends on this project being installed.
"""
