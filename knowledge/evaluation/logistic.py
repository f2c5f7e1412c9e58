"""A logistic curve through labelled points."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
STEPS = 100
CLOSE = 1e-9


def fit(features: Numbers, labels: Numbers, *, l2: float = 1.0) -> Numbers:
    """The bias and a weight of each column, none of them negative: more of a sign never makes an answer less likely.

    Newton's method with a ridge over standardised columns. A column whose weight turns out negative is left out.
    """
    means, spreads = features.mean(axis=0), features.std(axis=0)
    spreads = np.where(spreads > CLOSE, spreads, 1.0)
    points = np.column_stack([np.ones(len(features)), (features - means) / spreads])
    used = np.arange(points.shape[1])
    while True:
        weights = np.zeros(points.shape[1])
        weights[used] = _newton(points[:, used], labels, l2)
        if weights[1:].min(initial=0.0) >= 0:
            break
        used = used[used != 1 + int(weights[1:].argmin())]
    slopes = weights[1:] / spreads
    return np.concatenate([[weights[0] - slopes @ means], slopes])


def _newton(points: Numbers, labels: Numbers, l2: float) -> Numbers:
    """The first column is the bias, which is not held back."""
    ridge = l2 * np.eye(points.shape[1])
    ridge[0, 0] = CLOSE
    weights = np.zeros(points.shape[1])
    for _ in range(STEPS):
        chances = 1 / (1 + np.exp(-np.clip(points @ weights, -50, 50)))
        slope = points.T @ (chances - labels) + ridge @ weights
        bend = (points.T * (chances * (1 - chances))) @ points + ridge
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < CLOSE:
            break
    return weights
