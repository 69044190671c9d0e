"""A run capsule: one zip with everything that a run is, to keep, to hand on, and to check.

`contents.py` names what is in it, `writing.py` makes it, `reading.py` reads one that may come from anywhere,
`importing.py` makes it a run again, `verifying.py` says whether its numbers hold: `checking.py` compares its files with
each other, `scoring.py` its predictions with its weights. `notebook.py` is the notebook in it.
"""
