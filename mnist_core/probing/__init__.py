"""Analyses of a trained network that need gradients or thousands of predictions: evidence, robustness, FGSM, flips.

Keras is imported only in modules that a separate process loads.
"""
