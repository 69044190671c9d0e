"""What the page Draw shows: a pad, digits on a photograph, and a collection of one's own handwriting."""
