"""`cluster`: shows the cluster that trains, makes keys, and starts a scheduler or a worker."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from mnist_core.cli.output import print_json
from mnist_core.environment import cluster_keys_folder, cluster_stated
from mnist_core.errors import ClusterError
from mnist_core.jobs.cluster import serving
from mnist_core.jobs.cluster.keys import make_keys
from mnist_core.jobs.executors import chosen_cluster


def cluster(options: argparse.Namespace) -> int:
    """Show the workers of the cluster, and what each trains."""
    executor = chosen_cluster()
    if executor is None:
        raise ClusterError("No cluster is stated, so this machine trains. Set MNIST_STUDIO_CLUSTER to use one.")
    state = executor.wait(seconds=10)
    if not state.is_connected:
        raise ClusterError(state.problem or f"The cluster at {state.where} has not answered yet.")
    if options.json:
        print_json(asdict(state))
        return 0
    print(f"{state.where}: {len(state.workers)} workers, {state.places} places")
    for worker in state.workers:
        doing = worker.problem or ", ".join(worker.run_ids) or "idle"
        print(f"{worker.name}  {worker.host}  {doing}")
    return 0


def keys(options: argparse.Namespace) -> int:
    """Make a set of keys."""
    files = make_keys(options.output.absolute())
    if options.json:
        print_json([str(path) for path in files])
        return 0
    folder = options.output.absolute()
    print(f"Keys are in {folder}. Who has one of them can run programs on the cluster: copy them over SSH only.")
    print("  all machines: ca.pem; scheduler: scheduler*.pem; workers: worker*.pem; dashboard: studio*.pem")
    return 0


def scheduler(options: argparse.Namespace) -> int:
    """Become a scheduler."""
    keys_folder = options.keys or cluster_keys_folder()
    serving.become(serving.scheduler_command(options.host, options.port, keys=keys_folder, file=options.file))


def worker(options: argparse.Namespace) -> int:
    """Become a worker."""
    keys_folder, address = options.keys or cluster_keys_folder(), options.address or cluster_stated()
    if not address:
        raise ClusterError("A worker needs the address of its scheduler, as an argument or in MNIST_STUDIO_CLUSTER.")
    serving.become(serving.worker_command(address, keys=keys_folder, places=options.places, name=options.name))
