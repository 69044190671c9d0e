"""Search for better settings: spaces, studies, the tuner, and what its trials say.

Optuna is loaded by the tuner alone, in a process of its own: its import takes most of a second. All other modules here
may run in the server, which reads what the tuner writes.
"""
