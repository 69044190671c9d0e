"""The page Learn: lessons inside the real pages."""
