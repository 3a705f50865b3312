"""Multilayer perceptrons, with the derivatives of scalar ones in closed form."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from ..kernels import curvature as second
from ..kernels import scalar_mlp as kernel
from ..kernels.regression import Regression
from .activations import Activation, activation


class Curvature(NamedTuple):
    """First derivatives of a scalar net, and some second ones, per sample."""

    gradient: Tensor
    """``[*batch, inputs]``"""
    hessian: Tensor
    """By (chosen inputs, chosen inputs): ``[*batch, chosen, chosen]``."""
    along: Tensor
    """By the chosen inputs and along a tangent: ``[*batch, chosen]``."""


def check_sizes(**sizes: int) -> None:
    """Refuse sizes of nets that are not positive.

    Raises:
        ValueError: naming the setting of the model.
    """
    for name, number in sizes.items():
        if number < 1:
            raise ValueError(f"model.{name} must be a whole number of at least 1; got {number}.")


def hidden_layers(inputs: int, width: int, depth: int) -> nn.ModuleList:
    """Return ``depth`` linear layers of ``width`` units, drawn from torch's global generator.

    Orthogonal weights: signals and their derivatives keep their size from layer to layer. The
    first layer is larger and has random biases, so that inputs of size 1 reach the bent part of
    the activations from the start: in a nearly linear net the second derivatives, of which
    everything here is made, would have to grow first.

    Raises:
        ValueError: if the width or the depth is not positive.
    """
    check_sizes(width=width, depth=depth)
    layers = nn.ModuleList()
    for level in range(depth):
        fan_in = inputs if level == 0 else width
        layer = nn.Linear(fan_in, width)
        if level == 0:
            nn.init.orthogonal_(layer.weight, gain=math.sqrt(width / inputs))
            nn.init.uniform_(layer.bias, -1.0, 1.0)
        else:
            nn.init.orthogonal_(layer.weight)
            nn.init.zeros_(layer.bias)
        layers.append(layer)
    return layers


class MLP(nn.Module):
    """A vector-valued perceptron, ``[*batch, inputs] -> [*batch, outputs]``."""

    def __init__(self, inputs: int, outputs: int, width: int, depth: int, name: str) -> None:
        super().__init__()
        self.activation: Activation = activation(name)
        self.hidden = hidden_layers(inputs, width, depth)
        self.output = nn.Linear(width, outputs)
        nn.init.orthogonal_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(self, y: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        """Return the net's outputs."""
        for layer in self.hidden:
            y = self.activation.value(layer(y))
        return self.output(y)

    def with_slopes(
        self, y: Float[Tensor, "*batch inputs"]
    ) -> tuple[Float[Tensor, "*batch outputs"], tuple[Tensor, ...]]:
        """Return the outputs, and the slopes of the hidden units, for ``push`` and ``pull``."""
        slopes = []
        for layer in self.hidden:
            y, slope = self.activation.first(layer(y))
            slopes.append(slope)
        return self.output(y), tuple(slopes)

    def push(
        self, tangent: Float[Tensor, "*batch inputs"], slopes: tuple[Tensor, ...]
    ) -> Float[Tensor, "*batch outputs"]:
        """Return how the outputs change along a tangent of the inputs."""
        for layer, slope in zip(self.hidden, slopes, strict=True):
            tangent = slope * functional.linear(tangent, cast(nn.Linear, layer).weight)
        return functional.linear(tangent, self.output.weight)

    def pull(
        self, gradient: Float[Tensor, "*batch outputs"], slopes: tuple[Tensor, ...]
    ) -> Float[Tensor, "*batch inputs"]:
        """Return the gradient by the inputs of a function of the outputs, from that by them."""
        gradient = gradient @ self.output.weight
        for layer, slope in zip(reversed(self.hidden), reversed(slopes), strict=True):
            gradient = (slope * gradient) @ cast(nn.Linear, layer).weight
        return gradient


class ScalarMLP(nn.Module):
    r"""A scalar perceptron, ``[*batch, inputs] -> [*batch]``, that knows its own derivatives.

    With pre-activations :math:`z_l`, forward tangents :math:`T_l = \partial z_l/\partial y` and the
    reverse signal :math:`r_l = \partial f/\partial \sigma(z_l)`,

    .. math:: \nabla^2 f = \sum_l T_l^\top \operatorname{diag}(\sigma''(z_l)\, r_l)\, T_l ,

    because the only curvature of a perceptron is that of its activations. All of it is ordinary
    tensor arithmetic, so one plain backward pass gives the gradient with respect to the weights,
    and ``inference_mode`` makes no difference.

    There is no bias in the last layer: a constant in an energy has no effect on motions, so it
    would never receive a gradient.
    """

    def __init__(self, inputs: int, width: int, depth: int, name: str) -> None:
        super().__init__()
        self.name = name
        self.activation: Activation = activation(name)
        self.hidden = hidden_layers(inputs, width, depth)
        self.output = nn.Linear(width, 1, bias=False)
        nn.init.orthogonal_(self.output.weight)

    def forward(self, y: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch"]:
        """Return the net's value."""
        for layer in self.hidden:
            y = self.activation.value(layer(y))
        return self.output(y).squeeze(-1)

    def gradient(self, y: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch inputs"]:
        """Return the derivative with respect to the inputs, by one sweep forth and one back."""
        return kernel.gradient(self.name, self._gradient, y, self.weights())

    def regression(
        self,
        y: Float[Tensor, "*batch inputs"],
        rows: Tensor,
        target: Float[Tensor, "*batch count"],
    ) -> Regression:
        """Return the fit of ``rows @ gradient`` to a target.

        ``rows`` are ``[*batch, count, inputs]``, or ``[count, inputs]`` if the same for all.
        """
        return Regression(self.name, self._gradient, self.weights(), y, rows, target)

    def weights(self) -> list[Tensor]:
        """Return ``W_1, b_1, .., W_L, b_L, w``."""
        layers = cast(Iterable[nn.Linear], self.hidden)
        weights = [part for layer in layers for part in (layer.weight, layer.bias)]
        return [*weights, self.output.weight]

    def _gradient(self, y: Tensor, *weights: Tensor) -> Tensor:
        slopes = []
        for weight, bias in zip(weights[:-1:2], weights[1::2], strict=True):
            y, slope = self.activation.first(functional.linear(y, weight, bias))
            slopes.append(slope)
        reverse = weights[-1].squeeze(0)
        for weight, slope in zip(weights[-3::-2], reversed(slopes), strict=True):
            reverse = (slope * reverse) @ weight
        return reverse

    def curvature(
        self,
        y: Float[Tensor, "*batch inputs"],
        tangent: Float[Tensor, "*batch inputs"],
        chosen: slice,
    ) -> Curvature:
        """Return the gradient, and the second derivatives by the ``chosen`` inputs.

        The change of the tangent itself from point to point (the second derivative of a feature
        map) is not part of the result.
        """
        weights = self.weights()
        return Curvature(*second.curvature(self.name, self._curvature, y, tangent, chosen, weights))

    def _curvature(
        self, y: Tensor, tangent: Tensor, chosen: slice, *weights: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        first, *deeper = zip(weights[:-1:2], weights[1::2], strict=True)
        y, first_slope, first_bend = self.activation.second(functional.linear(y, *first))
        moving = functional.linear(tangent, first[0])
        # In the first layer the tangents along the chosen inputs are the same for every sample.
        fixed = first[0][:, chosen].mT
        count = len(fixed)
        tangents = torch.cat(
            (fixed.expand(*moving.shape[:-1], *fixed.shape), moving.unsqueeze(-2)), dim=-2
        )
        slope, levels = first_slope, []
        for weight, bias in deeper:
            tangents = functional.linear(slope.unsqueeze(-2) * tangents, weight)
            y, slope, bend = self.activation.second(functional.linear(y, weight, bias))
            levels.append((weight, tangents, slope, bend))
        reverse = weights[-1].squeeze(0)
        hessian = along = torch.zeros((), dtype=y.dtype, device=y.device)
        for weight, tangents, slope, bend in reversed(levels):
            weighted = tangents[..., :count, :] * (bend * reverse).unsqueeze(-2)
            curve = weighted @ tangents.mT
            hessian, along = hessian + curve[..., :count], along + curve[..., count]
            reverse = (slope * reverse) @ weight
        weighted = first_bend * reverse
        pairs = (fixed.unsqueeze(1) * fixed).flatten(end_dim=1)
        hessian = hessian + functional.linear(weighted, pairs).unflatten(-1, (count, count))
        along = along + functional.linear(weighted * moving, fixed)
        return (first_slope * reverse) @ first[0], hessian, along
