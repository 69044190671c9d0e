"""A reader for each kind of file: tables, arrays and pictures."""
