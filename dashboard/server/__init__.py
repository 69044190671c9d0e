"""What a server does by itself: it warms up, runs background jobs, and starts queued runs.

Code here imports `dashboard.cached` and the core, and draws nothing.
"""
