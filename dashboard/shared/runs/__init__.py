"""A run on screen: its name, status and scores, the boxes to choose it from, and what can be read of it."""
