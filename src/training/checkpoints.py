"""Checkpoints: primitives only, enough to rebuild the model without being told it again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

FORMAT = 1


def identity(
    config: Mapping[str, Any], choices: Mapping[str, str], versions: Mapping[str, str]
) -> dict[str, Any]:
    """Return what a checkpoint carries beside weights: format, config, its options and versions."""
    return {
        "format": FORMAT,
        "config": dict(config),
        "choices": dict(choices),
        "versions": dict(versions),
    }


def random_state() -> dict[str, Any]:
    """Return the states of all global generators of random numbers, in primitives and tensors."""
    version, words, gauss = random.getstate()
    kind, keys, *rest = np.random.get_state(legacy=True)
    return {
        "python": (version, torch.tensor(words), gauss),  # as tensors they are written at once
        "numpy": (kind, torch.tensor(np.asarray(keys, dtype=np.int64)), *rest),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else [],
    }


def restore_random_state(state: Mapping[str, Any] | None) -> None:
    """Set the generators to what :func:`random_state` returned; None leaves them as they are."""
    if state is None:
        return
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words.tolist()), gauss))
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if state["cuda"] and len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])


def locate(path: Path) -> Path:
    """Return the checkpoint file of a run folder (its best one), or the file itself.

    Raises:
        ValueError: if there is none.
    """
    if path.is_dir():
        found = [path / "checkpoints" / f"{name}.ckpt" for name in ("best", "last")]
        for file in found:
            if file.is_file():
                return file
        raise ValueError(
            f"a run folder must hold checkpoints/best.ckpt or checkpoints/last.ckpt; "
            f"found neither in {path}."
        )
    if not path.is_file():
        raise ValueError(
            f"the checkpoint must be a run folder or a .ckpt file; there is no {path}."
        )
    return path


def read(path: Path) -> dict[str, Any]:
    """Return the contents of a checkpoint, after checking that this version can use it.

    Raises:
        ValueError: if the file is damaged, is not one of ours, or has another format.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (
        Exception
    ) as error:  # what a file that is no checkpoint makes of an unpickler is anything
        raise ValueError(
            f"the checkpoint must be a whole file; {path} is truncated, damaged or none at all "
            f"({type(error).__name__}). Take the other one in its folder, best.ckpt or last.ckpt."
        ) from error
    ours = content.get("legendre") if isinstance(content, dict) else None
    if ours is None:
        raise ValueError(f"the checkpoint must come from this project; {path} does not.")
    if ours["format"] != FORMAT:
        raise ValueError(
            f"the checkpoint must have format {FORMAT}; {path} has format {ours['format']}, "
            f"written with legendre-nn {ours['versions'].get('legendre-nn', '?')}. Use that "
            f"version, or train again: its config is in the run folder."
        )
    return content


def check_weights(content: Mapping[str, Any], model: torch.nn.Module, path: Path) -> None:
    """Refuse a checkpoint whose weights are not those of a model.

    Raises:
        ValueError: if a name or a shape differs.
    """
    held, wanted = (
        {name: tuple(value.shape) for name, value in part.items()}
        for part in (weights(content), model.state_dict())
    )
    other = sorted(
        name for name in held.keys() | wanted.keys() if held.get(name) != wanted.get(name)
    )
    if other:
        raise ValueError(
            f"the checkpoint must hold the weights of this {type(model).__name__}; {path} holds "
            f"{held.get(other[0], 'no')} for {other[0]} of shape {wanted.get(other[0], 'no')}: it "
            f"belongs to another run."
        )


def weights(content: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """Return the state dict of the model alone."""
    prefix = "model."
    return {
        name.removeprefix(prefix): value
        for name, value in content["state_dict"].items()
        if name.startswith(prefix)
    }
