"""What each page shows: a folder a page, a file a view. A page's views never import those of another page."""
