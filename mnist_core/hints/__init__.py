"""Hints on the settings of a run, read from its learning curves."""
