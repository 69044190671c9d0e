"""What the page Design shows."""
