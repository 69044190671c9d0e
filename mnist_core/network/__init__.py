"""A trained network in plain numpy on the weights of its run: forward pass, feature maps, filters, hidden vectors.

Never imports Keras: the server asks for one digit at a time and must not load TensorFlow.
"""
