"""The digits that people wrote on the page Draw, with their labels and the names of the writers.

`collection` is what they are, `store` keeps them on disk, `source` makes a data set of them, `joining` adds them to
another one, `export` writes them as files, `prompts` asks for the next one.
"""
