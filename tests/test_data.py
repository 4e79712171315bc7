"""Toy datasets, splits, standardised columns and batches."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd.data import (
    Standardizer,
    batches,
    blobs,
    circles,
    moons,
    spirals,
    train_test_split,
    xor,
)
from micrograd.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Dataset = tuple[list[list[float]], list[int]]
    Maker = Callable[..., Dataset]

DATASETS: list[Maker] = [moons, circles, blobs, spirals, xor]

MODERATE = st.floats(-1e6, 1e6)
LABELS = st.lists(st.integers(0, 3), min_size=2, max_size=60)


def name_of(maker: Maker) -> str:
    """Return the name of a dataset, for the title of a test."""
    return maker.__name__


def labelled(xs: Sequence[Sequence[float]], ys: Sequence[int]) -> list[tuple[float, float, int]]:
    """Return the points with their labels, in an order that rounding errors do not change."""
    return sorted((round(x, 12) + 0.0, round(y, 12) + 0.0, int(label)) for (x, y), label in zip(xs, ys, strict=True))


def flat(rows: Sequence[Sequence[float]]) -> list[float]:
    """Return the numbers of all rows in one list."""
    return [x for row in rows for x in row]


@pytest.mark.parametrize("n", [2, 3, 7, 40])
def test_moons_have_the_geometry_of_scikit_learn(n: int) -> None:
    """Without noise the two moons are the points and classes of `make_moons`."""
    datasets = pytest.importorskip("sklearn.datasets")
    assert labelled(*moons(n, noise=0.0)) == labelled(*datasets.make_moons(n))


@pytest.mark.parametrize("n", [2, 3, 7, 40])
@pytest.mark.parametrize("factor", [0.2, 0.8])
def test_circles_have_the_geometry_of_scikit_learn(n: int, factor: float) -> None:
    """Without noise the two rings are the points and classes of `make_circles`."""
    datasets = pytest.importorskip("sklearn.datasets")
    expected = datasets.make_circles(n, factor=factor)
    assert labelled(*circles(n, noise=0.0, factor=factor)) == labelled(*expected)


@pytest.mark.parametrize("maker", DATASETS, ids=name_of)
def test_a_dataset_is_lists_of_floats_and_class_numbers(maker: Maker) -> None:
    """Points are pairs of Python floats, labels are ints that count from 0."""
    xs, ys = maker(31)
    assert len(xs) == len(ys) == 31
    assert all(type(row) is list and len(row) == 2 for row in xs)
    assert {type(x) for x in flat(xs)} == {float}
    assert {type(y) for y in ys} == {int}
    assert set(ys) == set(range(max(ys) + 1))


@pytest.mark.parametrize("maker", DATASETS, ids=name_of)
def test_classes_are_of_nearly_the_same_size(maker: Maker) -> None:
    """No class has more than one point more than another."""
    sizes = Counter(maker(32)[1]).values()
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("maker", DATASETS, ids=name_of)
def test_the_seed_decides_everything(maker: Maker) -> None:
    """One seed gives one dataset, another seed another one."""
    assert maker(30, seed=3) == maker(30, seed=3)
    assert maker(30, seed=3) != maker(30, seed=4)


@pytest.mark.parametrize("maker", DATASETS, ids=name_of)
def test_a_dataset_is_shuffled(maker: Maker) -> None:
    """The classes are mixed, so that a part of the rows is not one class."""
    ys = maker(60)[1]
    assert len(set(ys[:20])) > 1
    assert ys != sorted(ys)


@pytest.mark.parametrize("maker", DATASETS, ids=name_of)
def test_noise_has_the_deviation_asked_for(maker: Maker) -> None:
    """The same seed without noise gives the same rows, and the differences have the wanted deviation."""
    clean, noisy = maker(3000, noise=0.0, seed=1), maker(3000, noise=0.3, seed=1)
    differences = [a - b for a, b in zip(flat(noisy[0]), flat(clean[0]), strict=True)]
    assert clean[1] == noisy[1]
    assert abs(math.fsum(differences) / len(differences)) < 0.02
    assert math.dist(differences, [0.0] * 6000) / math.sqrt(6000) == pytest.approx(0.3, rel=0.05)


@pytest.mark.parametrize("noise", [-0.1, math.nan, math.inf])
@pytest.mark.parametrize("maker", DATASETS, ids=name_of)
def test_noise_must_be_a_deviation(maker: Maker, noise: float) -> None:
    """Noise that is negative or not finite is refused."""
    with pytest.raises(InputError, match=f"noise is a standard deviation, .* got {noise}"):
        maker(10, noise=noise)


@pytest.mark.parametrize(("maker", "n"), [(moons, 1), (circles, 1), (blobs, 2), (spirals, 1), (xor, 3), (moons, -5)])
def test_every_class_needs_a_point(maker: Maker, n: int) -> None:
    """Fewer points than there are places to fill are refused."""
    with pytest.raises(InputError, match=f"n must be .* got {n}"):
        maker(n)


@pytest.mark.parametrize(
    ("make", "least"),
    [(moons, 2), (circles, 2), (partial(blobs, centers=5), 5), (partial(spirals, arms=3), 3), (xor, 4)],
)
def test_the_smallest_dataset_works(make: Maker, least: int) -> None:
    """The fewest points that are allowed hold every class."""
    assert len(set(make(least)[1])) > 1
    assert len(make(least)[0]) == least


def test_blobs_lie_around_points_of_the_unit_circle() -> None:
    """Without noise each class is one point, at its own angle."""
    xs, ys = blobs(40, noise=0.0, centers=4)
    assert set(labelled(xs, ys)) == {(1.0, 0.0, 0), (0.0, 1.0, 1), (-1.0, 0.0, 2), (0.0, -1.0, 3)}


def test_spirals_wind_outwards_and_are_turned_copies() -> None:
    """The radii of each arm climb evenly to 1, and the second arm is the first turned by half a circle."""
    xs, ys = spirals(20, noise=0.0, turns=2.0)
    first = sorted((row for row, y in zip(xs, ys, strict=True) if y == 0), key=lambda row: math.hypot(*row))
    second = sorted((row for row, y in zip(xs, ys, strict=True) if y == 1), key=lambda row: math.hypot(*row))
    assert [math.hypot(*row) for row in first] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert flat(second) == pytest.approx([-x for x in flat(first)])
    angles = [math.atan2(row[1], row[0]) % (2 * math.pi) for row in first]
    assert angles[:4] == pytest.approx([2 * math.pi * 2.0 * (i + 1) / 10 for i in range(4)])


@pytest.mark.parametrize("maker", [partial(blobs, centers=1), partial(spirals, arms=0)])
def test_one_class_is_no_problem_to_learn(maker: Maker) -> None:
    """Fewer than two classes are refused."""
    with pytest.raises(InputError, match="must be 2 or more, a class each, got"):
        maker(10)


@pytest.mark.parametrize("factor", [0.0, 1.0, -0.5, math.nan])
def test_the_inner_ring_is_inside(factor: float) -> None:
    """The factor of the rings lies strictly between 0 and 1."""
    with pytest.raises(InputError, match="factor is the inner radius"):
        circles(10, factor=factor)


def test_xor_is_the_truth_table() -> None:
    """A point is of class 1 exactly where its two corners differ."""
    xs, ys = xor(50, noise=0.0)
    assert all(y == int(row[0] != row[1]) for row, y in zip(xs, ys, strict=True))
    assert len({tuple(row) for row in xs}) == 4


@given(labels=LABELS, test=st.floats(0.01, 0.99), seed=st.integers(0, 1000), stratified=st.booleans())
def test_a_split_is_a_partition(labels: list[int], test: float, seed: int, *, stratified: bool) -> None:
    """Every row is in exactly one part, with its label, and neither part is empty."""
    rows = list(range(len(labels)))
    if stratified and max(Counter(labels).values()) == 1:
        return
    stratify = labels if stratified else None
    a, b, la, lb = train_test_split(rows, labels, test=test, seed=seed, stratify=stratify)
    assert sorted(a + b) == rows
    assert a
    assert b
    assert [labels[row] for row in a] == la
    assert [labels[row] for row in b] == lb


@given(labels=LABELS, test=st.floats(0.01, 0.99), seed=st.integers(0, 1000))
def test_a_stratified_split_has_every_class_on_both_sides(labels: list[int], test: float, seed: int) -> None:
    """A class of two rows or more is in both parts, a class of one row in the training part."""
    counts = Counter(labels)
    if max(counts.values()) == 1:
        return
    train, held_out = train_test_split(labels, test=test, seed=seed, stratify=labels)
    assert set(train) == set(labels)
    assert set(held_out) == {label for label, count in counts.items() if count > 1}


@given(share=st.floats(0.1, 0.9), sizes=st.lists(st.integers(20, 60), min_size=1, max_size=5))
def test_a_stratified_split_keeps_the_proportions(share: float, sizes: list[int]) -> None:
    """Each class gives its share to the test part to within one row, and so do all of them together."""
    labels = [label for label, size in enumerate(sizes) for _ in range(size)]
    _, held_out = train_test_split(labels, test=share, stratify=labels)
    counts = Counter(held_out)
    assert all(abs(counts[label] - share * size) <= 1 for label, size in enumerate(sizes))
    assert abs(len(held_out) - share * len(labels)) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("n", "test", "expected"), [(10, 0.2, 2), (30, 0.1, 3), (2, 0.01, 1), (3, 0.99, 2), (100, 0.25, 25)]
)
def test_a_split_has_the_share_asked_for(n: int, test: float, expected: int) -> None:
    """The test part is the rounded share, with one row at least on each side."""
    train, held_out = train_test_split(range(n), test=test)
    assert (len(train), len(held_out)) == (n - expected, expected)


def test_a_split_depends_on_its_seed_and_mixes() -> None:
    """One seed gives one split, another seed another one; the rows of a part are in random order."""
    assert train_test_split(range(50), seed=1) == train_test_split(range(50), seed=1)
    assert train_test_split(range(50), seed=1) != train_test_split(range(50), seed=2)
    train, _ = train_test_split(range(50), stratify=[0, 1] * 25)
    assert train != sorted(train)


def test_split_columns_stay_parallel() -> None:
    """Three columns come back as six parts, in the order train, test of each."""
    parts = train_test_split([0, 1, 2, 3], "abcd", [[0], [1], [2], [3]], test=0.5)
    assert len(parts) == 6
    for numbers, letters, rows in (parts[0::2], parts[1::2]):
        assert letters == ["abcd"[number] for number in numbers]
        assert rows == [[number] for number in numbers]


@pytest.mark.parametrize("columns", [([1, 2], [1]), ()])
def test_columns_must_be_equally_long(columns: tuple[list[int], ...]) -> None:
    """Columns of different lengths, or none, are an error of the caller."""
    with pytest.raises(ValueError, match="all equally long, got lengths"):
        train_test_split(*columns)
    with pytest.raises(ValueError, match="all equally long, got lengths"):
        batches(*columns, size=1)


def test_labels_to_stratify_by_must_be_as_long_as_the_rows() -> None:
    """A label for each row is needed to stratify."""
    with pytest.raises(ValueError, match=r"got lengths \[3, 2\]"):
        train_test_split([1, 2, 3], stratify=[0, 1])


@pytest.mark.parametrize("test", [0.0, 1.0, 1.5, -0.1, math.nan])
def test_the_share_is_between_0_and_1(test: float) -> None:
    """A share that leaves one part empty by its meaning is refused."""
    with pytest.raises(InputError, match="between 0 and 1, got"):
        train_test_split([1, 2, 3], test=test)


def test_too_few_rows_cannot_be_split() -> None:
    """No row, one row, or classes of one row each are refused."""
    with pytest.raises(InputError, match=r"2 rows or more .* got 0"):
        train_test_split([])
    with pytest.raises(InputError, match=r"2 rows or more .* got 1"):
        train_test_split([1])
    with pytest.raises(InputError, match=r"of one class.* got 3"):
        train_test_split([1, 2, 3], stratify="abc")


@given(n=st.integers(0, 50), size=st.integers(1, 60), seed=st.integers(0, 100), shuffle=st.booleans())
def test_batches_hold_every_row_once(n: int, size: int, seed: int, *, shuffle: bool) -> None:
    """The batches together are the rows, all but the last full, and the columns stay parallel."""
    parts = list(batches(range(n), [-row for row in range(n)], size=size, seed=seed, shuffle=shuffle))
    assert sorted(row for rows, _ in parts for row in rows) == list(range(n))
    assert all([-row for row in rows] == negatives for rows, negatives in parts)
    assert all(len(rows) == size for rows, _ in parts[:-1])
    assert all(0 < len(rows) <= size for rows, _ in parts)


def test_batches_keep_the_order_unless_shuffled() -> None:
    """Without shuffling the rows come as they are; with it in an order the seed decides."""
    assert list(batches("abcde", size=2, shuffle=False)) == [(["a", "b"],), (["c", "d"],), (["e"],)]
    first = list(batches(range(40), size=40, seed=5))
    assert first == list(batches(range(40), size=40, seed=5))
    assert first != list(batches(range(40), size=40, seed=6))
    assert first != [(list(range(40)),)]


def test_a_shared_generator_gives_each_epoch_its_own_order() -> None:
    """Epochs that share a generator differ, and the whole run repeats with the generator's seed."""

    def run() -> list[list[tuple[list[int], ...]]]:
        rng = random.Random(7)
        return [list(batches(range(30), size=8, rng=rng)) for _ in range(3)]

    epochs = run()
    assert epochs[0] != epochs[1] != epochs[2]
    assert epochs == run()


def test_a_batch_has_a_row() -> None:
    """A size below 1 is refused when the batches are asked for, not when the first is taken."""
    with pytest.raises(InputError, match="must be 1 or more, got 0"):
        batches([1, 2], size=0)


@given(st.integers(1, 4).flatmap(lambda w: st.lists(st.lists(MODERATE, min_size=w, max_size=w), min_size=1)))
def test_standardising_can_be_undone(rows: list[list[float]]) -> None:
    """The inverse of the transform gives the rows back, up to rounding."""
    scaler = Standardizer.fit(rows)
    assert flat(scaler.inverse(scaler.transform(rows))) == pytest.approx(flat(rows), rel=1e-9, abs=1e-9)


@given(st.lists(MODERATE, min_size=2, max_size=30))
def test_standardised_columns_have_mean_0_and_deviation_1(column: list[float]) -> None:
    """Every column is centred, and has deviation 1 unless it was constant to begin with."""
    scaler = Standardizer.fit([[x] for x in column])
    z = flat(scaler.transform([[x] for x in column]))
    if max(column) - min(column) > 1e-3:
        assert math.fsum(z) / len(z) == pytest.approx(0.0, abs=1e-6)
        assert math.hypot(*z) / math.sqrt(len(z)) == pytest.approx(1.0, rel=1e-6)


def test_standardising_agrees_with_scikit_learn() -> None:
    """Mean and scale are those of `StandardScaler`."""
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    rows = [[x, 3.0 * y - 7.0, 4.0] for x, y in moons(60, seed=2)[0]]
    scaler, expected = Standardizer.fit(rows), preprocessing.StandardScaler().fit(rows)
    assert scaler.mean == pytest.approx(expected.mean_.tolist())
    assert scaler.scale == pytest.approx(expected.scale_.tolist())


@pytest.mark.parametrize("offset", [0.0, 1e9, -1e12])
def test_a_large_offset_does_not_spoil_the_deviation(offset: float) -> None:
    """Mean and deviation of whole numbers are exact however far away from zero they are."""
    scaler = Standardizer.fit([[offset + x] for x in (2, 4, 4, 4, 5, 5, 7, 9)])
    assert scaler.mean == (offset + 5.0,)
    assert scaler.scale == (2.0,)


@given(x=st.floats(-1e300, 1e300), n=st.integers(1, 50))
def test_a_constant_column_becomes_zeros(x: float, n: int) -> None:
    """A constant column keeps its exact mean and gets the scale 1, whatever rounding does to its sum."""
    scaler = Standardizer.fit([[x]] * n)
    assert scaler == Standardizer((x,), (1.0,))
    assert scaler.transform([[x]]) == [[0.0]]


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_extreme_units_do_not_overflow_or_vanish(unit: float) -> None:
    """Deviations whose squares leave the range of floats are still right."""
    assert Standardizer.fit([[unit], [3 * unit]]).scale == pytest.approx((unit,))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e301, -1.7e308])
def test_a_column_to_standardise_is_finite(bad: float) -> None:
    """A number that is not finite, or nearly so, would make the whole column useless, so it is refused."""
    with pytest.raises(InputError, match=r"row 1, column 1: expected a number up to 1e\+300 in size, got"):
        Standardizer.fit([[1.0, 2.0], [1.0, bad]])


def test_rows_must_be_as_wide_as_those_fitted() -> None:
    """A row of another length is named, in fitting, transforming and undoing."""
    scaler = Standardizer.fit([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(ValueError, match="row 1 must have 2 numbers, one a column, got 3"):
        Standardizer.fit([[1.0, 2.0], [3.0, 4.0, 5.0]])
    with pytest.raises(ValueError, match="row 0 must have 2 numbers, one a column, got 1"):
        scaler.transform([[1.0]])
    with pytest.raises(ValueError, match="row 0 must have 2 numbers, one a column, got 3"):
        scaler.inverse([[1.0, 2.0, 3.0]])


def test_no_row_has_no_mean() -> None:
    """Nothing can be fitted to no rows."""
    with pytest.raises(InputError, match="at least one row, got none"):
        Standardizer.fit([])


@given(st.lists(st.tuples(MODERATE, MODERATE), min_size=1))
def test_a_standardizer_survives_json(rows: list[tuple[float, float]]) -> None:
    """What is saved as JSON and read again is the same standardizer, to the last bit."""
    scaler = Standardizer.fit(rows)
    assert Standardizer.from_dict(json.loads(json.dumps(scaler.to_dict()))) == scaler


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"mean": [1.0]},
        {"mean": [1.0], "scale": [1.0, 2.0]},
        {"mean": [1.0], "scale": [0.0]},
        {"mean": [math.nan], "scale": [1.0]},
        {"mean": [1.0], "scale": [math.inf]},
        {"mean": ["x"], "scale": [1.0]},
        {"mean": 1.0, "scale": 1.0},
    ],
)
def test_a_broken_state_is_refused(state: dict[str, object]) -> None:
    """A saved state that cannot be a standardizer is bad input."""
    with pytest.raises(InputError, match="expected lists of numbers, mean and scale"):
        Standardizer.from_dict(state)


def test_scales_belong_to_means() -> None:
    """A standardizer cannot be made of parts that do not fit."""
    with pytest.raises(ValueError, match="each with a scale above 0"):
        Standardizer((1.0, 2.0), (1.0,))


@pytest.mark.parametrize(
    ("function", "args", "settings", "words"),
    [
        (train_test_split, ([1, 2, 3], 0.2), {}, r"a column is a sequence .* got 0\.2: give settings by their names"),
        (batches, ([1, 2], 1.5), {"size": 2}, "a column is a sequence .* got 1.5"),
        (batches, ([1, 2],), {"size": "2"}, "size is the number of rows .* got '2'"),
        (Standardizer.fit, ([1.0, 2.0],), {}, r"row 0 must be a list .* got 1\.0; write \[\[x\] for x in xs\]"),
        (Standardizer((0.0,), (1.0,)).transform, ([[1.0], 2.0],), {}, r"row 1 must be a list .* got 2\.0"),
    ],
)
def test_what_is_no_sequence_is_refused(
    function: Callable[..., object], args: tuple[object, ...], settings: dict[str, object], words: str
) -> None:
    """A setting without its name, and a column that is given for rows, are shown with what to write."""
    with pytest.raises((TypeError, InputError), match=words):
        function(*args, **settings)
