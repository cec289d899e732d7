"""LARS, layer-wise adaptive rate scaling (You et al. 2017), as the paper trains SimCLR with (Sect. 3.2.2, Table 2)."""

from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor
from torch.optim import Optimizer


class LARS(Optimizer):
    """Every parameter w, biases and batch-norm included, is one layer with a local rate of its own.

        rate = eta |w| / (|g| + weight_decay |w|)
        v    = momentum v + lr rate (g + weight_decay w)
        w    = w - v

    A parameter of norm 0 has rate 0 and does not move; 0/0 counts as 0. Without `keep_momentum` v is lost after each
    step, as it is in the authors' code on any device.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, eta: float, momentum: float, weight_decay: float,
                 keep_momentum: bool = True) -> None:
        super().__init__(params, {"lr": lr, "eta": eta, "momentum": momentum, "weight_decay": weight_decay,
                                  "keep_momentum": keep_momentum})

    def unmoving(self) -> int:
        """Number of parameters of norm 0, which stay as they are (with random weights: the batch-norm biases)."""
        return sum(not parameter.any() for group in self.param_groups for parameter in group["params"])

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # no closure: the loss is computed once a step
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            grads = [cast(Tensor, p.grad) for p in params]
            # All norms at once, so that a GPU is waited for once; then parameter by parameter, while each is in cache.
            norms = torch.stack([*torch._foreach_norm(params), *torch._foreach_norm(grads)]).view(2, -1).tolist()
            for w, g, w_norm, g_norm in zip(params, grads, *norms, strict=True):
                self._move(w, g, w_norm, g_norm, group)

    def _move(self, w: Tensor, g: Tensor, w_norm: float, g_norm: float, group: dict[str, Any]) -> None:
        decay = group["weight_decay"]
        scale = g_norm + decay * w_norm
        rate = group["lr"] * group["eta"] * w_norm / scale if scale > 0 else 0.0
        v = self.state[w].get("velocity")
        v = torch.zeros_like(w) if v is None else v.mul_(group["momentum"])
        v.add_(g, alpha=rate).add_(w, alpha=rate * decay)
        w.sub_(v)
        if group["keep_momentum"]:
            self.state[w]["velocity"] = v
