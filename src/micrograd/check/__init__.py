"""Checks: gradients against differences, the first value that is not finite, and what is wrong with a training loop."""
