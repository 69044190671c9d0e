"""What networks predict for a drawing: which ones, their answers on screen, and those that follow the pen."""
