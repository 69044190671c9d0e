"""Handwriting measures, such as ink or slant, and statistics of classes."""
