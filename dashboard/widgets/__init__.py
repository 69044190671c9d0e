"""Browser components and small building blocks. They know no page, no run and no selection.

A component has a folder: `__init__.py` says what it shows and returns; the script and style sheet beside it draw it.
Its key is "<page>.<field>", given by whoever shows it.
"""
