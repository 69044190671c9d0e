"""Questions to a trained network that take gradients or thousands of digits: evidence, robustness, FGSM, flips.

Keras is imported only in modules that a process of their own loads.
"""
