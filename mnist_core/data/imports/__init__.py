"""Imports of a person's own images as a data set: tables, arrays, IDX files, pictures, and archives of them.

The files are not trusted. Every reader checks the sizes that a file claims before it allocates memory, and reports an
error with the file and the reason. Nothing is written before everything has been read; only `store` writes.

`files` says what was uploaded, `recognising` what images and labels it holds, `formats` reads one kind of file each;
rooms import in this order. `reading` goes through them, `drafts` does so in a process of its own, `importing` and
`store` keep the result.
"""
