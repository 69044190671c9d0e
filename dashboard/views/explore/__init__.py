"""What the page Explore shows."""
