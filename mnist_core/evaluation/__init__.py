"""Evaluation of stored class probabilities: scores, confusion matrix, calibration, training histories, and more.

Code here uses numpy, pandas and scikit-learn on the arrays of `Predictions`. Predictions and measures are passed in: it
does not depend on runs, models or the dashboard. Selections of images are positions in one `Predictions`; its `index`
has the row numbers in the split. The rows of a confusion matrix are true labels.
"""
