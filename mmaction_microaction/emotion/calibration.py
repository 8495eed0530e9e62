# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Turns scores of emotions, taken as equally frequent, into probabilities.

p = softmax(logits / temperature + offset)

The regression is fitted with balanced classes, so its scores know nothing of
how frequent an emotion is: the offset is the logarithm of its share in the
training, moved by what sessions of left-out people say. There are few of
these, so both numbers have a prior, log temperature ~ N(0, 1) and offset ~
N(log share, 1). scikit-learn's ``CalibratedClassifierCV('temperature')`` has
neither: few sessions send its temperature to 0 or to infinity, and its mean
probability is not the share.

Shapes: N sessions, K classes.

Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, Sec.
4.2 (temperature scaling), here with an offset for each class.
"""
from typing import NamedTuple, Sequence

import numpy as np

#: Least and greatest temperature.
TEMPERATURES = (0.05, 20.)


class Calibration(NamedTuple):
    """What makes scores honest: a temperature, above 1 if they were too sure
    on people that had been left out, and an offset (K,)."""
    temperature: float
    offset: np.ndarray


def fit_calibration(logits: np.ndarray, labels: Sequence[int],
                    shares: np.ndarray) -> Calibration:
    """Fit temperature and offset to sessions of left-out people.

    Args:
        logits (np.ndarray): (N, K).
        labels (Sequence[int]): N classes.
        shares (np.ndarray): (K,), above 0: how frequent each class is. Without
            sessions their logarithms are the offset, and the temperature is 1.
    """
    if not len(labels):
        return Calibration(1., np.log(shares))
    # Here, since they are slow to import.
    from scipy.optimize import minimize
    from scipy.special import log_softmax
    own = np.arange(len(labels)), np.asarray(labels)
    truth = np.eye(len(shares))[own[1]]
    # Folds that lack an emotion are left out: then the shares are others.
    prior = np.log((truth.sum(axis=0) + shares) / (len(labels) + 1))

    def loss(point: np.ndarray):
        """Minus the logarithm of the posterior, and its slope."""
        scaled = logits / np.exp(point[0])
        log_p = log_softmax(scaled + prior + point[1:], axis=1)
        wrong = np.exp(log_p) - truth
        slope = np.append(-(wrong * scaled).sum(), wrong.sum(axis=0))
        return -log_p[own].sum() + point @ point / 2, slope + point

    bounds = [np.log(TEMPERATURES)] + [(None, None)] * len(shares)
    start = np.zeros(len(bounds))
    found = minimize(loss, start, jac=True, method='L-BFGS-B', bounds=bounds).x
    return Calibration(float(np.exp(found[0])), np.log(shares) + found[1:])


def at_edge(temperature: float) -> bool:
    """Whether it is the least or the greatest that there is: the sessions
    asked for more, so that probabilities cannot be trusted."""
    low, high = TEMPERATURES
    return not low * 1.001 < temperature < high / 1.001
