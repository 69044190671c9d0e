"""Imports of a person's own images as a data set: IDX files, npz, CSV, or a zip of images in one folder per label.

The files are not trusted. Every reader checks the sizes that a file claims before it allocates memory, and reports an
error with the file and the reason. Nothing is written before everything has been read; only `store` writes.
"""
