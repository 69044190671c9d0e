"""What a server does by itself: it gets pages ready, works in the background, keeps the queue moving.

Code here knows `dashboard.cached` and the core, and draws nothing.
"""
