"""The core of MNIST Studio: data, networks, training, runs and their evaluation.

Code here never imports Streamlit or Plotly, and only the modules that build or train a network import Keras.
"""

__version__ = "0.1.0"
