# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Word vectors of the class labels, the target of MANet's joint embedding.

Shapes: K classes, D dimensions of a word vector.

Source: Guo et al., "Benchmarking Micro-action Recognition", IEEE TCSVT 2024,
Sec. IV-B: the mean of the GloVe vectors of a label's words, not normalised.
The shipped default stands in for GloVe, which is not ours to pass on: the
labels in a sentence encoder, made by ``tools/data/build_label_vectors.py``.
"""
import os
import os.path as osp
from typing import Dict, Iterable, Sequence, Union

import numpy as np

from mmaction_microaction.labels import ACTION_NAMES
from mmaction_microaction.utils.errors import UserError

DEFAULT = osp.join(osp.dirname(__file__), 'data', 'label_vectors_300d.npy')
#: Standard deviation over all entries of the GloVe vectors of the 52 labels.
GLOVE_STD = 0.2801


def load_label_vectors(source: Union[str, os.PathLike, np.ndarray] = 'default',
                       names: Sequence[str] = ACTION_NAMES) -> np.ndarray:
    """Load one vector per class.

    Args:
        source (str | np.ndarray): ``'default'`` for the shipped vectors, an
            ``.npy`` file or a text file of K rows with D numbers each, a
            GloVe text file (rows ``word x1 ... xD``), from which the mean of
            each label's words is taken, or the (K, D) array itself.
        names (Sequence[str]): The K class names. Rows of the default are
            picked by name. Defaults to the 52 micro-actions.

    Returns:
        np.ndarray: Shape (K, D), float32.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the shape is not (K, D), a value is not finite, a word
            is not in the GloVe file, or a name is not in the taxonomy.
    """
    if isinstance(source, np.ndarray):
        vectors = source
    elif source == 'default':
        unknown = [name for name in names if name not in ACTION_NAMES]
        if unknown:
            raise UserError('the shipped label vectors are for the names of '
                            f'labels.ACTION_NAMES, but got {unknown}')
        vectors = np.load(DEFAULT)[[ACTION_NAMES.index(n) for n in names]]
    else:
        source = osp.expanduser(os.fspath(source))
        if not osp.isfile(source):
            raise FileNotFoundError(f'label vectors {source} do not exist')
        vectors = _load_file(source, names)
    vectors = np.asarray(vectors, dtype=np.float32)
    if vectors.ndim != 2 or vectors.shape[0] != len(names):
        raise UserError(f'label vectors must have shape ({len(names)}, D), '
                        f'one row per class, but {_where(source)} has '
                        f'{vectors.shape}')
    if not np.isfinite(vectors).all():
        raise UserError(f'label vectors of {_where(source)} are not finite')
    return vectors


def _where(source) -> str:
    return 'the array' if isinstance(source, np.ndarray) else str(source)


def _load_file(path: str, names: Sequence[str]) -> np.ndarray:
    if path.endswith('.npy'):
        return np.load(path, allow_pickle=False)
    with open(path, encoding='utf-8') as f:
        first = f.readline().split()
    try:
        [float(x) for x in first]
    except ValueError:
        return mean_word_vectors(path, names)
    return np.loadtxt(path, dtype=np.float32, ndmin=2)


def mean_word_vectors(path: Union[str, os.PathLike],
                      names: Sequence[str] = ACTION_NAMES) -> np.ndarray:
    """Mean word vector of every class name.

    Args:
        path (str): GloVe text file, rows ``word x1 ... xD``.
        names (Sequence[str]): K names; words are lower-cased and separated
            by spaces. Every word counts, "or" as well.

    Returns:
        np.ndarray: Shape (K, D), float32.

    Raises:
        ValueError: If a word is missing or a row is malformed.
    """
    labels = [name.lower().replace('-', ' ').split() for name in names]
    table = _read_words(path, {word for label in labels for word in label})
    missing = sorted({w for label in labels for w in label} - set(table))
    if missing:
        raise UserError(f'{path} lacks the words {missing}')
    return np.stack([np.mean([table[w] for w in lb], axis=0) for lb in labels])


def _read_words(path, words: Iterable[str]) -> Dict[str, np.ndarray]:
    """Read the rows of the given words from a (large) GloVe file."""
    words, table, dims = set(words), {}, None
    with open(path, encoding='utf-8') as f:
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
            dims = len(vector)
            table[word] = vector
    return table


def embed_isometrically(vectors: np.ndarray,
                        dims: int = 300,
                        std: float = GLOVE_STD,
                        seed: int = 0) -> np.ndarray:
    """Bring vectors into another dimension without changing their geometry.

    K points span at most K - 1 dimensions, so a rotation into their own span
    loses nothing. A random orthonormal frame then spreads them over all
    ``dims`` coordinates, and one factor sets the overall scale: every
    distance changes by that factor alone.

    Args:
        vectors (np.ndarray): Shape (K, D), float.
        dims (int): Wanted dimensions, at least K - 1. Defaults to 300.
        std (float): Wanted standard deviation over all entries. Defaults to
            that of the GloVe label vectors.
        seed (int): Seed of the frame. Defaults to 0.

    Returns:
        np.ndarray: Shape (K, dims), float32, mean 0 over the classes.

    Raises:
        ValueError: If ``dims`` is too small or all vectors are equal.
    """
    centred = np.asarray(vectors, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    rank = int((s > s[0] * 1e-9).sum()) if s[0] > 0 else 0
    if not 0 < rank <= dims:
        raise UserError(f'{len(centred)} vectors that span {rank} dimensions '
                        f'cannot be embedded into {dims}')
    noise = np.random.default_rng(seed).standard_normal((dims, rank))
    frame, _ = np.linalg.qr(noise)  # orthonormal columns
    out = (u[:, :rank] * s[:rank]) @ frame.T
    return (out * (std / out.std())).astype(np.float32)
