"""Data sets: their sources, imports, handwriting measures, scaling and augmentation.

Code here reads files and computes with numpy, scipy, pandas, scikit-learn and Pillow. It does not depend on networks,
runs or the dashboard, and never imports TensorFlow, Keras, Streamlit or Plotly. Images are uint8 arrays (N, 28, 28), 0
is background; labels are uint8 arrays (N,); a selection of images is an array of row numbers in one split.
"""
