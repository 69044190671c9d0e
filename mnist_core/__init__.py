"""The core of MNIST Studio: data, networks, training, runs and what can be learnt from them.

Code here never imports Streamlit or Plotly, and only the modules that build or train a network import Keras.
"""
