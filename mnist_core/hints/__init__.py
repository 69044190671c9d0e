"""What the curves of a run say about its settings, with the figures that were read."""
