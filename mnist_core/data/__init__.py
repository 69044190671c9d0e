"""Where digits come from and what they are: data sets, their sources, imports, measures, scaling, augmentation.

Code here reads files and computes with numpy, scipy, pandas, scikit-learn and Pillow. It knows no network, no run and
no screen, and never imports TensorFlow, Keras, Streamlit or Plotly. Images are uint8 arrays (N, 28, 28), 0 is
background; labels are uint8 arrays (N,); a selection of images is an array of row numbers into one split.
"""
