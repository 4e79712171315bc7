"""Handwritten digits of 8x8 pixels: softmax cross-entropy, Adam and mini-batches, judged on unseen images."""

from __future__ import annotations

import argparse
import math
import random

from micrograd import MLP
from micrograd.data import batches, train_test_split
from micrograd.errors import MissingExtraError, require
from micrograd.losses import cross_entropy
from micrograd.optim import Adam
from micrograd.schedules import cosine

BATCH = 16


def guess(model: MLP, image: list[float]) -> int:
    """Return the digit with the highest score."""
    scores = [score.data for score in model(image)]
    return scores.index(max(scores))


def train(model: MLP, images: list[list[float]], labels: list[int], epochs: int) -> None:
    """Go through all images several times, in small batches, by steps that shrink to nothing."""
    steps = epochs * math.ceil(len(images) / BATCH)
    optimizer = Adam(model.parameters(), lr=cosine(0.02, steps=steps))
    rng = random.Random(1)
    for epoch in range(epochs):
        total = 0.0
        for some_images, some_labels in batches(images, labels, size=BATCH, rng=rng):
            loss = cross_entropy([model(image) for image in some_images], some_labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.data * len(some_labels)
        print(f"epoch {epoch + 1}   mean loss {total / len(images):.4f}")


def show(image: list[float]) -> None:
    """Print an image, two characters for each pixel."""
    for start in range(0, 64, 8):
        print("  ", "".join(2 * " .:*#"[int(4 * pixel)] for pixel in image[start : start + 8]).rstrip())


def main() -> None:
    """Train on four fifths of the images, then print the accuracy on the others and a mistake."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="learn less, in a few seconds on any engine")
    quick = parser.parse_args().quick
    try:
        digits = require("sklearn.datasets", "sklearn").load_digits()
    except MissingExtraError as missing:
        print(f"skipped: {missing}")
        return

    rows = 400 if quick else len(digits.data)
    images = [[pixel / 16 for pixel in image] for image in digits.data[:rows].tolist()]  # from 0 to 1
    labels = digits.target[:rows].tolist()
    train_images, test_images, train_labels, test_labels = train_test_split(images, labels, stratify=labels)
    model = MLP(64, [24, 10], activation="relu", init="kaiming", rng=random.Random(1337))
    print(f"{model}: {len(train_images)} images to learn from, {len(test_images)} held out")
    train(model, train_images, train_labels, epochs=3 if quick else 5)

    guesses = [guess(model, image) for image in test_images]
    wrong = [i for i, (digit, label) in enumerate(zip(guesses, test_labels, strict=True)) if digit != label]
    print(f"held-out accuracy {1 - len(wrong) / len(guesses):.1%}")
    for i in wrong[:1]:
        print(f"\na {test_labels[i]} that was taken for a {guesses[i]}")
        show(test_images[i])


if __name__ == "__main__":
    main()
