"""The trained network as a file that works without MNIST Studio.

`exporting.py` is the way in: it has a process with Keras (`process.py`) write the file (`writers.py`), load it again in
the program it is meant for (`runtimes.py`) and compare its answers with the stored ones (`checking.py`); only then does
the file get its name. `example.py` is the code that uses the file.
"""
