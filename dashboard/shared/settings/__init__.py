"""Settings on screen: the field of each, and their values in words."""
