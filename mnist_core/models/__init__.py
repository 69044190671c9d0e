"""Networks described without Keras: layers and their settings, architectures with shapes and counts, and recipes.

Code here is plain Python on frozen values: it may import `environment`, `errors`, `fields` and `data`. Only `build.py`
and `loading.py` may import Keras; nothing here reads files, trains, or depends on runs or on the dashboard.
"""
