"""The price of a European call by Black and Scholes, its exact Greeks, and the volatility behind a price."""

from __future__ import annotations

import math

from micrograd import derivative, erf, exp, grad, log, sqrt, value_and_grad

SPOT, STRIKE, RATE, VOLATILITY, YEARS = 42.0, 40.0, 0.1, 0.2, 0.5  # Hull's example, which costs 4.76


def normal(x: float) -> float:
    """Return the probability that a standard normal number is below x."""
    probability: float = 0.5 * (1.0 + erf(x / math.sqrt(2.0)))
    return probability


def call(spot: float, volatility: float, years: float, rate: float) -> float:
    """Return the price of a call; by numbers or, when it is differentiated, by Values."""
    spread = volatility * sqrt(years)
    d1 = (log(spot / STRIKE) + (rate + volatility**2 / 2) * years) / spread
    d2 = d1 - spread
    price: float = spot * normal(d1) - STRIKE * exp(-rate * years) * normal(d2)
    return price


def textbook() -> list[float]:
    """Return delta, vega, gamma by the formulas that a textbook derives on paper."""
    spread = VOLATILITY * math.sqrt(YEARS)
    d1 = (math.log(SPOT / STRIKE) + (RATE + VOLATILITY**2 / 2) * YEARS) / spread
    density = math.exp(-(d1**2) / 2) / math.sqrt(2 * math.pi)
    return [normal(d1), SPOT * density * math.sqrt(YEARS), density / (SPOT * spread)]


def implied_volatility(price: float) -> float:
    """Return the volatility at which the call costs that price, by Newton's method with vega."""
    volatility = 0.5
    for _ in range(20):
        value, vega = value_and_grad(call, argnums=1)(SPOT, volatility, YEARS, RATE)
        volatility -= (value - price) / vega
    return volatility


def main() -> None:
    """Print price and Greeks, these beside the textbook's."""
    price = call(SPOT, VOLATILITY, YEARS, RATE)
    delta, vega, decay, rho = grad(call, argnums=(0, 1, 2, 3))(SPOT, VOLATILITY, YEARS, RATE)
    gamma = derivative(lambda spot: call(spot, VOLATILITY, YEARS, RATE), 2)(SPOT)
    print(f"price   {price:.6f}")
    print("        micrograd   textbook")
    for name, exact, formula in zip(("delta", "vega", "gamma"), (delta, vega, gamma), textbook(), strict=True):
        print(f"{name:7} {exact:9.6f}  {formula:9.6f}")
    print(f"theta   {-decay:9.6f}   a year")
    print(f"rho     {rho:9.6f}")
    print(f"\nat a price of 5.00 the market expects a volatility of {implied_volatility(5.0):.6f}")


if __name__ == "__main__":
    main()
