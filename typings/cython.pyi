# What mypy knows of `cython`: exactly what the package's own stand-in for it offers.
from micrograd._cython import *  # noqa: F403  # all of it
