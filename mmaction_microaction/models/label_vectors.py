# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Word vectors of the class labels, the target of MANet's joint embedding.

Shapes: K classes, D dimensions. Source: Guo et al., "Benchmarking Micro-action
Recognition", IEEE TCSVT 2024, Sec. IV-B: the mean of the GloVe vectors of a
label's words, not normalised. GloVe vectors are not ours to distribute; the
shipped default has the labels in a sentence encoder, made by
``tools/data/build_label_vectors.py``.
"""
import os
import os.path as osp
from typing import Sequence, Union

import numpy as np

from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.errors import UserError
from mmaction_microaction.utils.limits import read_array

DEFAULT = osp.join(osp.dirname(__file__), 'data', 'label_vectors_300d.npy')
#: Standard deviation over all entries of the GloVe vectors of MA-52's labels.
GLOVE_STD = 0.2801


def load_label_vectors(source: Union[str, os.PathLike, np.ndarray,
                                     None] = 'default',
                       names: Sequence[str] = MA52.names) -> np.ndarray:
    """Load one vector per class, (K, D), float32.

    Args:
        source (str | np.ndarray, optional): ``'default'``: the shipped vectors
            of MA-52's names; an ``.npy`` or text file of K rows with D
            numbers; a GloVe text file (rows ``word x1 ... xD``), averaged over
            each label's words; an array; None: fixed random vectors of 300
            dimensions.
        names (Sequence[str]): K labels.

    Raises:
        ValueError: For another shape, a value that is not finite, or a word
            missing in the GloVe file or the default.
    """
    where = 'the array' if isinstance(source, np.ndarray) else str(source)
    if source is None:
        vectors = np.random.default_rng(0).normal(
            scale=GLOVE_STD, size=(len(names), 300))
    elif isinstance(source, np.ndarray):
        vectors = source
    elif source == 'default':
        if unknown := [name for name in names if name not in MA52.names]:
            raise UserError(
                f'the shipped label vectors are for {MA52.title}, but got '
                f'{unknown[:3]}; set label_vectors to an .npy or GloVe file '
                'for yours, or to None for random vectors')
        vectors = np.load(DEFAULT)[[MA52.find(n).index for n in names]]
    else:
        vectors = _load_file(osp.expanduser(where), names)
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or vectors.shape[0] != len(names):
        raise UserError(f'label vectors must have shape ({len(names)}, D), '
                        f'one row per class, but {where} has {vectors.shape}')
    if not np.isfinite(vectors).all():
        raise UserError(f'label vectors of {where} are not finite')
    return vectors


def _load_file(path: str, names: Sequence[str]) -> np.ndarray:
    try:
        if path.endswith('.npy'):
            return np.array(read_array(path))
        with open(path, encoding='utf-8', errors='replace') as f:
            first = f.readline().split()
        try:
            np.array(first, dtype=float)
        except ValueError:
            return mean_word_vectors(path, names)
        return np.loadtxt(path, dtype=np.float32, ndmin=2)
    except UserError:
        raise
    except (ValueError, EOFError) as error:
        raise UserError(f'label vectors of {path}: {error}') from error


def mean_word_vectors(path: Union[str, os.PathLike],
                      names: Sequence[str] = MA52.names) -> np.ndarray:
    """Mean GloVe vector of the lower-cased words of every class name,
    including "or": (K, D), float32."""
    labels = [name.lower().replace('-', ' ').split() for name in names]
    words, table, dims = set().union(*labels), {}, None
    # Gigabytes: line by line. Odd bytes are in words that we do not need.
    with open(path, encoding='utf-8', errors='replace') as f:
        for number, line in enumerate(f, start=1):
            word, _, rest = line.rstrip().partition(' ')
            if word not in words or word in table:
                continue
            try:
                vector = np.array(rest.split(), dtype=np.float32)
            except ValueError as e:
                raise UserError(f'{path}:{number}: {e}') from e
            if dims not in (None, len(vector)) or not len(vector):
                raise UserError(f'{path}:{number}: expected {dims} numbers '
                                f'after {word!r}, but got {len(vector)}')
            dims, table[word] = len(vector), vector
    if words - set(table):
        raise UserError(f'{path} lacks the words {sorted(words - set(table))}')
    return np.stack([np.mean([table[w] for w in lb], axis=0) for lb in labels])
