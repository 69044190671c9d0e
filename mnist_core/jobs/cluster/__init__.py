"""Training on many machines: the queue hands runs to a Dask cluster instead of starting their workers here.

`distributed` is an optional package, which is imported only where a cluster is asked for.
"""
