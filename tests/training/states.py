"""The whole state of a training as one word per part, to tell whether two are bit-equal."""

import hashlib

import torch


def fingerprint(checkpoint):
    """Return the hash of every tensor and the value of everything else, by path."""
    content = torch.load(checkpoint, weights_only=True)
    content["callbacks"].pop("TrainingProgress", None)  # seconds
    return dict(_leaves(content))


def _leaves(node, path=""):
    if isinstance(node, torch.Tensor):
        words = f"{node.dtype} {tuple(node.shape)} ".encode()
        yield path, hashlib.sha256(words + node.contiguous().numpy().tobytes()).hexdigest()
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{path}/{key}")
    elif isinstance(node, list | tuple):
        for place, value in enumerate(node):
            yield from _leaves(value, f"{path}/{place}")
    else:
        yield path, node
