"""A person's own images as a data set: IDX files, npz, CSV, or a zip of pictures in a folder for each label.

Files here come from anyone. Every reader checks what a file claims before it spends memory on it, and refuses with one
sentence that names the file and the reason. Nothing is written before everything has been read; only `store` writes.
"""
