"""A derivative through a whole simulation: the push that brings a pendulum to 90 degrees after half a second."""

from __future__ import annotations

import math

from micrograd import sin, value_and_grad

GRAVITY, LENGTH = 9.81, 1.0
SECONDS, STEPS = 0.5, 500
TARGET = math.pi / 2


def final_angle(speed: float) -> float:
    """Return the angle after a push from rest: a thousand small additions, by numbers or by Values."""
    angle, dt = 0.0, SECONDS / STEPS
    for _ in range(STEPS):
        speed = speed - dt * GRAVITY / LENGTH * sin(angle)
        angle = angle + dt * speed
    return angle


def main() -> None:
    """Aim by Newton's method: the angle that is missing, divided by what a faster push adds to it."""
    angle_and_slope = value_and_grad(final_angle)
    h = 1e-6
    measured = (final_angle(3.0 + h) - final_angle(3.0 - h)) / (2 * h)
    print(f"at a push of 3 rad/s: slope {angle_and_slope(3.0)[1]:.6f}, by differences {measured:.6f}\n")

    speed = 3.0
    for attempt in range(5):
        angle, slope = angle_and_slope(speed)
        print(f"attempt {attempt}   push {speed:.6f} rad/s   reaches {math.degrees(angle):10.6f} degrees")
        speed += (TARGET - angle) / slope


if __name__ == "__main__":
    main()
