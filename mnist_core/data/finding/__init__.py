"""Finding images: selections, nearest neighbours, duplicates, outliers, and maps by PCA and t-SNE."""
