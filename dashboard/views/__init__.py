"""What each page shows: one folder per page, one file per view. Views never import those of another page."""
