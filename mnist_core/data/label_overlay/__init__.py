"""The labels of a data set as a person has reviewed them, kept beside the data set, which stays as it is.

`overlay` is what was decided, `store` keeps it on disk.
"""
