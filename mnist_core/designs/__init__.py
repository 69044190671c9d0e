"""Named designs kept on disk, and links that carry a design."""
