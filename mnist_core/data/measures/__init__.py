"""What can be measured on the image of a digit, such as ink or slant, and what whole classes look like."""
