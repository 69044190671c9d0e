"""What a network is, before Keras: layer settings, the stack of them, its shapes and costs, and the recipes.

Code here is plain Python on frozen values: it may import `errors`, `fields` and `data`. Only `build.py` may import
Keras; nothing here reads files, trains, or knows a run or a screen.
"""
