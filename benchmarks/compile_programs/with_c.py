"""The limit of the moons step: a kernel written by hand for this one network, in C, built when it is run.

Training runs whole in native code, with all that is known beforehand in it: 2 inputs, 16 and 16 units, 100 samples.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from measuring import CHECKED, LONG, Data, Report, first, report, run, seconds_a_call

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLAGS = ["-O3", "-march=native", "-mprefer-vector-width=512", "-shared", "-fPIC"]
KERNEL = r"""
/* The whole training loop of the moons demo. A row of 16 units is what the vectors run along: 100 samples need no
   padding, and a sum over samples needs no sum across the lanes of a vector. */
#ifdef __AVX512F__
enum { LANES = 8, BLOCK = 10 };  /* samples at a time: as many as the registers hold sums for */
#else
enum { LANES = 4, BLOCK = 5 };
#endif
enum { SAMPLES = 100, UNITS = 16, ROW = UNITS / LANES };
#define ALL _Pragma("GCC unroll 16")

typedef double vec __attribute__((vector_size(8 * LANES)));
typedef double row[UNITS] __attribute__((aligned(64)));
typedef struct { row x, y, b1, w2[UNITS], b2, w3; double b3; } model;  /* x, y: the weights of the two inputs */

typedef long long mask __attribute__((vector_size(8 * LANES)));

static inline vec *vectors(double *numbers) { return (vec *)numbers; }
static inline vec where_positive(vec x, vec y) { return (vec)((mask)y & (x > 0)); }

/* out[s] = start + sum over k of a[s][k] * w[k], for a block of samples */
static inline void contract(row *a, row *w, double *start, row *out) {
    for (int c = 0; c < ROW; c += 2) {
        vec sums[BLOCK][2];
        ALL for (int s = 0; s < BLOCK; s++)
            sums[s][0] = vectors(start)[c], sums[s][1] = vectors(start)[c + 1];
        ALL for (int k = 0; k < UNITS; k++) {
            vec left = vectors(w[k])[c], right = vectors(w[k])[c + 1];
            ALL for (int s = 0; s < BLOCK; s++)
                sums[s][0] += a[s][k] * left, sums[s][1] += a[s][k] * right;
        }
        ALL for (int s = 0; s < BLOCK; s++)
            vectors(out[s])[c] = sums[s][0], vectors(out[s])[c + 1] = sums[s][1];
    }
}

/* out[j] = sum over s of a[s][j] * b[s], for all samples; a few j at a time */
static inline void outer(row *a, row *b, row *out) {
    for (int j = 0; j < UNITS; j += LANES)
        for (int c = 0; c < ROW; c += 2) {
            vec sums[LANES][2] = {0};
            for (int s = 0; s < SAMPLES; s++) {
                vec left = vectors(b[s])[c], right = vectors(b[s])[c + 1];
                ALL for (int k = 0; k < LANES; k++)
                    sums[k][0] += a[s][j + k] * left, sums[k][1] += a[s][j + k] * right;
            }
            ALL for (int k = 0; k < LANES; k++)
                vectors(out[j + k])[c] = sums[k][0], vectors(out[j + k])[c + 1] = sums[k][1];
        }
}

static inline double relu(double x) { return x > 0 ? x : 0; }

static inline double total(vec sum) {
    typedef double pair __attribute__((vector_size(16)));
    pair *pairs = (pair *)&sum, all = pairs[0];
    ALL for (int k = 1; k < LANES / 2; k++) all += pairs[k];
    return all[0] + all[1];
}

/* h = relu(b1 + x * points[.][0] + y * points[.][1]) */
static inline void first_layer(const double (*points)[2], model *p, row *h) {
    for (int c = 0; c < ROW; c++) {
        vec x = vectors(p->x)[c], y = vectors(p->y)[c], b = vectors(p->b1)[c];
        ALL for (int s = 0; s < BLOCK; s++) {
            vec z = b + x * points[s][0] + y * points[s][1];
            vectors(h[s])[c] = where_positive(z, z);
        }
    }
}

static inline void first_gradients(const double (*points)[2], row *h, row *d, model *g) {
    for (int c = 0; c < ROW; c++) {
        vec x = vectors(g->x)[c], y = vectors(g->y)[c], b = vectors(g->b1)[c];
        ALL for (int s = 0; s < BLOCK; s++) {
            vec z = where_positive(vectors(h[s])[c], vectors(d[s])[c]);
            b += z, x += z * points[s][0], y += z * points[s][1];
        }
        vectors(g->x)[c] = x, vectors(g->y)[c] = y, vectors(g->b1)[c] = b;
    }
}

/* returns the sum of the hinges */
static inline double last_layer(const double *labels, row *h, model *p, double *gs) {
    double loss = 0;
    ALL for (int s = 0; s < BLOCK; s++) {
        vec sum = {0};
        ALL for (int c = 0; c < ROW; c++) {
            vec z = vectors(h[s])[c];
            vectors(h[s])[c] = z = where_positive(z, z);
            sum += z * vectors(p->w3)[c];
        }
        double margin = 1 - labels[s] * (p->b3 + total(sum));
        loss += relu(margin);
        gs[s] = margin > 0 ? labels[s] * (-1.0 / SAMPLES) : 0;
    }
    return loss;
}

static inline void last_gradients(double *gs, row *h, row *d, model *p, model *g) {
    for (int c = 0; c < ROW; c++) {
        vec w = vectors(p->w3)[c], gw = vectors(g->w3)[c], gb = vectors(g->b2)[c];
        ALL for (int s = 0; s < BLOCK; s++) {
            vec z = vectors(h[s])[c], e = where_positive(z, gs[s] * w);
            vectors(d[s])[c] = e;
            gb += e, gw += gs[s] * z;
        }
        vectors(g->w3)[c] = gw, vectors(g->b2)[c] = gb;
    }
    ALL for (int s = 0; s < BLOCK; s++) g->b3 += gs[s];
}

/* one step: returns the loss, and moves p */
static double step(const double (*points)[2], const double *labels, model *p, double rate) {
    static row h1[SAMPLES], h2[BLOCK], g1[BLOCK], g2[SAMPLES], transposed[UNITS], none;
    static model g;
    g = (model){0};
    double loss = 0, squares = 0, gs[BLOCK];
    for (int i = 0; i < UNITS; i++)
        ALL for (int j = 0; j < UNITS; j++) transposed[i][j] = p->w2[j][i];
    for (int at = 0; at < SAMPLES; at += BLOCK) {
        first_layer(points + at, p, h1 + at);
        contract(h1 + at, transposed, p->b2, h2);
        loss += last_layer(labels + at, h2, p, gs);
        last_gradients(gs, h2, g2 + at, p, &g);
        contract(g2 + at, p->w2, none, g1);
        first_gradients(points + at, h1 + at, g1, &g);
    }
    outer(g2, h1, g.w2);
    double *a = (double *)p, *b = (double *)&g;
    vec sum = {0};
    for (int i = 0; i < 21 * ROW; i++) {
        vec v = vectors(a)[i];
        sum += v * v;
        vectors(a)[i] = v - rate * (vectors(b)[i] + 2e-4 * v);
    }
    for (int k = 0; k < LANES; k++) squares += sum[k];
    squares += p->b3 * p->b3;
    p->b3 -= rate * (g.b3 + 2e-4 * p->b3);
    return loss / SAMPLES + 1e-4 * squares;
}

/* the parameters come and go in the order of the network's: a neuron's weights, then its bias */
void train(const double (*points)[2], const double *labels, double *flat, int steps, double *losses) {
    static model p;
    for (int j = 0; j < UNITS; j++) {
        p.x[j] = flat[3 * j], p.y[j] = flat[3 * j + 1], p.b1[j] = flat[3 * j + 2];
        for (int i = 0; i < UNITS; i++) p.w2[j][i] = flat[48 + 17 * j + i];
        p.b2[j] = flat[64 + 17 * j], p.w3[j] = flat[320 + j];
    }
    p.b3 = flat[336];
    for (int k = 0; k < steps; k++) losses[k] = step(points, labels, &p, 1.0 - 0.9 * k / steps);
    for (int j = 0; j < UNITS; j++) {
        flat[3 * j] = p.x[j], flat[3 * j + 1] = p.y[j], flat[3 * j + 2] = p.b1[j];
        for (int i = 0; i < UNITS; i++) flat[48 + 17 * j + i] = p.w2[j][i];
        flat[64 + 17 * j] = p.b2[j], flat[320 + j] = p.w3[j];
    }
    flat[336] = p.b3;
}
"""


def build() -> ctypes.CDLL:
    """Return the kernel, compiled for this machine."""
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder, "moons.c"), Path(folder, "moons.so")
        source.write_text(KERNEL, encoding="utf-8")
        compiler = os.environ.get("CC", "cc")
        subprocess.run([compiler, *FLAGS, "-o", library, source], check=True)  # noqa: S603  # the text above
        return ctypes.CDLL(str(library))


def moons(data: Data) -> Report:
    """Return the report of the kernel."""

    def address(numbers: NDArray[np.float64]) -> ctypes.c_void_p:
        return ctypes.c_void_p(numbers.ctypes.data)

    def train(steps: int) -> NDArray[np.float64]:
        parameters, losses = data["p"].copy(), np.empty(steps)
        library.train(address(data["x"]), address(data["y"]), address(parameters), steps, address(losses))
        return losses

    compile_time, library = first(build)
    losses = train(CHECKED)
    return report(compile_time, seconds_a_call(lambda: train(LONG)) / LONG, losses)


if __name__ == "__main__":
    run(moons)
