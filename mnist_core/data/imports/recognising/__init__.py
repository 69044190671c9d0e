"""What images, labels and columns hold, whatever file they came from, and how they become 28 x 28 bytes."""
