"""Files from elsewhere: read by our own strict readers, in a process with little memory, and refused in a sentence.

Nothing in such a file is executed, and none is ever handed to Keras.
"""
