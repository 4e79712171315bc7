"""The workloads in PyTorch, written for arrays by hand; single-threaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from measuring import CHECKED, Data, Report, first, rates, report, run, seconds_a_call, sizes
from torch.nn import functional as f

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

EPOCH = 14  # batches


def parameters(data: Data) -> list[torch.Tensor]:
    """Return the weights, outputs by inputs, and the biases of each layer."""
    found, at = [], 0
    for nin, nout in sizes(data):
        table = torch.from_numpy(data["p"][at : at + nout * (nin + 1)].reshape(nout, nin + 1))
        found += [table[:, :nin].clone().requires_grad_(), table[:, nin].clone().requires_grad_()]
        at += table.numel()
    return found


def moons_loss(p: list[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return hinge and L2."""
    flat = torch.cat([tensor.view(-1) for tensor in p])
    return moons_hinge(p, x, y) + 1e-4 * torch.dot(flat, flat)


def moons_hinge(p: Sequence[torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return the mean of the hinges."""
    w1, b1, w2, b2, w3, b3 = p
    hidden = torch.addmm(b2, torch.addmm(b1, x, w1.T).relu_(), w2.T).relu_()
    return (1.0 - y * torch.addmv(b3, hidden, w3.view(-1))).relu_().mean()


def moons_eager(data: Data) -> Report:
    """Return the report of a step in eager mode, a tensor for the weights and one for the biases of each layer."""
    x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"])
    p = parameters(data)
    return _descent(lambda: moons_loss(p, x, y), p)


def moons_flat(data: Data) -> Report:
    """Return the report of a step in eager mode, all parameters in one tensor, of which the layers are views."""
    x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"])
    tensors = parameters(data)
    flat = torch.cat([tensor.detach().view(-1) for tensor in tensors]).requires_grad_()
    numbers, shapes = [tensor.numel() for tensor in tensors], [tensor.shape for tensor in tensors]

    def loss() -> torch.Tensor:
        views = [part.view(shape) for part, shape in zip(torch.split(flat, numbers), shapes, strict=True)]
        return moons_hinge(views, x, y) + 1e-4 * torch.dot(flat, flat)

    return _descent(loss, [flat])


def _descent(loss: Callable[[], torch.Tensor], p: list[torch.Tensor]) -> Report:
    """Return the report of gradient descent in eager mode."""

    def go(rate: float) -> torch.Tensor:
        value = loss()
        gradients = torch.autograd.grad(value, p)
        with torch.no_grad():
            torch._foreach_add_(p, gradients, alpha=-rate)
        return value.detach()

    return _steps(go)


def moons_compiled(data: Data) -> Report:
    """Return the report of the whole step, gradients and update, in torch.compile."""
    x, y, p = torch.from_numpy(data["x"]), torch.from_numpy(data["y"]), parameters(data)
    p = [tensor.detach() for tensor in p]

    def move(p: list[torch.Tensor], rate: torch.Tensor) -> torch.Tensor:
        gradients, loss = torch.func.grad_and_value(moons_loss)(p, x, y)
        for tensor, gradient in zip(p, gradients, strict=True):
            tensor.sub_(rate * gradient)
        return loss  # type: ignore[no-any-return]

    compiled = torch.compile(move)
    rate = torch.zeros(())

    def go(number: float) -> torch.Tensor:
        return compiled(p, rate.fill_(number))

    with torch.no_grad():
        return _steps(go)


def digits_foreach(data: Data) -> Report:
    """Return the report of a step in eager mode, with Adam as it is by default."""
    return _digits(data, foreach=True)


def digits_fused(data: Data) -> Report:
    """Return the report of a step in eager mode, with Adam in one kernel."""
    return _digits(data, fused=True)


def _digits(data: Data, **options: Any) -> Report:
    """Return the report of training with Adam."""
    x, classes = torch.from_numpy(data["x"]), torch.from_numpy(data["classes"])
    p = parameters(data)
    optimizer = torch.optim.Adam(p, lr=1e-3, **options)
    batches = [slice(128 * i, 128 * (i + 1)) for i in range(EPOCH)]
    count = 0

    def go(_: float) -> torch.Tensor:
        nonlocal count
        w1, b1, w2, b2 = p
        batch = batches[count % EPOCH]
        logits = torch.addmm(b2, torch.addmm(b1, x[batch], w1.T).tanh(), w2.T)
        loss = f.cross_entropy(logits, classes[batch])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        count += 1
        return loss.detach()

    return _steps(go)


def call(_: Data) -> Report:
    """Return the report of a scalar function in eager mode."""
    x, y = torch.tensor(0.5), torch.tensor(-1.25)
    compile_time, value = first(lambda: scalar(x, y))
    return report(compile_time, seconds_a_call(lambda: scalar(x, y)), value)


def call_gradient(_: Data) -> Report:
    """Return the report of the scalar function with its gradient."""
    x, y = torch.tensor(0.5, requires_grad=True), torch.tensor(-1.25, requires_grad=True)

    def go() -> list[torch.Tensor]:
        value = scalar(x, y)
        return [value.detach(), *torch.autograd.grad(value, (x, y))]

    compile_time, numbers = first(go)
    return report(compile_time, seconds_a_call(go), [abs(float(n)) for n in numbers])


def scalar(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return the value of ten operations."""
    return torch.tanh((x * y + x) * (y - x) + x * x) * (x + y * y)


def _steps(go: Callable[[float], Any]) -> Report:
    """Return the report of a training step, called from Python."""
    compile_time, loss = first(lambda: go(1.0))
    losses = [float(loss), *(float(go(rate)) for rate in rates(CHECKED)[1:].tolist())]
    return report(compile_time, seconds_a_call(lambda: go(0.1)), losses)


if __name__ == "__main__":
    run(moons_eager, moons_flat, moons_compiled, digits_foreach, digits_fused, call, call_gradient)
