"""What the page Mistakes shows."""
