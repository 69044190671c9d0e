"""Finding images: selections, nearest neighbours, duplicates, outliers, suspect labels, and embeddings."""
