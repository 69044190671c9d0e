"""Designs saved by name, and links that carry a design."""
