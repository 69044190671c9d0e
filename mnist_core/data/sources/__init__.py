"""Where data sets come from: shipped with a library, downloaded, IDX and npz files; and their catalogue."""
