"""What needs the model itself: the forward pass in numpy, filters, feature maps.

Code here may import everything up to `jobs`. It never imports Keras, except in the modules of the helper process, whose
names end in `_keras`: the server asks the others for one digit at a time and must not load TensorFlow.
"""
