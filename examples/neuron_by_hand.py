"""The gradients of one neuron, o = tanh(x1*w1 + x2*w2 + b): by hand, node by node, at once, and by PyTorch."""

from __future__ import annotations

from micrograd import Value
from micrograd.errors import MissingExtraError, require

X1, X2, W1, W2 = 2.0, 0.0, -3.0, 1.0
B = 6.8813735870195432  # chosen so that the gradients are round numbers


def by_hand() -> None:
    """Apply the chain rule on paper."""
    o = Value(X1 * W1 + X2 * W2 + B).tanh().data
    n_grad = 1.0 - o**2  # the derivative of tanh; sums pass it on as it is, products times the other factor
    show("by hand", o, [W1 * n_grad, W2 * n_grad, X1 * n_grad, X2 * n_grad, n_grad])


def node_by_node() -> None:
    """Let every node add its share to the gradients of its parents, beginning at the output."""
    x1, x2, w1, w2, b = leaves = [Value(data) for data in (X1, X2, W1, W2, B)]
    x1w1, x2w2 = x1 * w1, x2 * w2
    both = x1w1 + x2w2
    n = both + b
    o = n.tanh()
    o.grad = 1.0
    for node in (o, n, both, x1w1, x2w2):
        node._backward()  # noqa: SLF001  # the lecture's name
    show("node by node", o.data, [leaf.grad for leaf in leaves])


def tanh_from_exp(x: Value) -> Value:
    """Return tanh broken up into smaller operations."""
    e = (2 * x).exp()
    return (e - 1) / (e + 1)


def at_once(name: str, bias: float = B, digits: int = 6, *, from_exp: bool = False) -> None:
    """Call backward(), which finds the order by itself."""
    x1, x2, w1, w2, b = leaves = [Value(data) for data in (X1, X2, W1, W2, bias)]
    n = x1 * w1 + x2 * w2 + b
    o = tanh_from_exp(n) if from_exp else n.tanh()
    o.backward()
    show(name, o.data, [leaf.grad for leaf in leaves], digits)


def by_pytorch() -> None:
    """Do the same with tensors, which round numbers to 32 bits unless told otherwise."""
    torch = require("torch", "test")
    x1, x2, w1, w2, b = leaves = [torch.tensor(data).double().requires_grad_() for data in (X1, X2, W1, W2, B)]
    o = torch.tanh(x1 * w1 + x2 * w2 + b)
    o.backward()
    show("PyTorch", o.item(), [leaf.grad.item() for leaf in leaves], 16)


def show(name: str, output: float, gradients: list[float], digits: int = 6) -> None:
    """Print the output and the gradients of the five leaves."""
    print(f"{name:18}", *(f"{number:{digits + 3}.{digits}f}" for number in (output, *gradients)))


def main() -> None:
    """Print a line for each way."""
    print(f"{'':18}", *(f"{name:>9}" for name in ("o", "do/dx1", "do/dx2", "do/dw1", "do/dw2", "do/db")))
    by_hand()
    node_by_node()
    at_once("backward()")
    at_once("tanh made from exp", from_exp=True)
    print("\nto 16 digits")
    at_once("b = 6.88137358", bias=6.88137358, digits=16)
    at_once("b in 64 bits", digits=16)
    at_once("b in 32 bits", bias=6.881373405456543, digits=16)
    try:
        by_pytorch()
    except MissingExtraError as missing:
        print(f"PyTorch: skipped, {missing}")


if __name__ == "__main__":
    main()
