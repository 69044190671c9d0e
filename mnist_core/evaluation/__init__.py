"""What follows from stored class probabilities: scores, confusion matrix, calibration, training histories, and more.

Code here is numpy, pandas and scikit-learn on the arrays of `Predictions`. It is given predictions and measures and
never looks for them: it knows no run, no model and no screen. Selections of images are row positions into one
`Predictions`; its `index` holds the row numbers of the split. Confusion matrix rows are true labels.
"""
