"""Sources of data sets (shipped with a library, downloaded, IDX and npz files) and their catalogue."""
