"""The page Class: assignments, the board, and what a teacher sees of the class."""
