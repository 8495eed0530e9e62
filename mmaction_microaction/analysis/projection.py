# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""From many dimensions to the two of a picture.

Shapes: N vectors of C dimensions.
"""
import numpy as np

from mmaction_microaction.utils.errors import UserError

#: Neighbours that t-SNE looks at, scikit-learn's default.
PERPLEXITY = 30


def project(vectors: np.ndarray,
            method: str = 'pca',
            seed: int = 0) -> np.ndarray:
    """Project vectors onto a plane: (N, 2) float64 of (N, C), zeros where
    there is nothing to spread.

    Args:
        vectors (np.ndarray): Finite.
        method (str): ``'pca'``: the two directions of largest variance.
            ``'tsne'``: t-SNE from there, which keeps neighbours but no
            distances, of at least 4 vectors. ValueError for others.
        seed (int): Of t-SNE, and of the PCA of large arrays.
    """
    vectors = np.asarray(vectors, dtype=np.float64)
    if vectors.ndim != 2 or not vectors.size:
        raise UserError('vectors must be a non-empty array of shape (N, C), '
                        f'but got {vectors.shape}')
    if not np.isfinite(vectors).all():
        raise UserError('the vectors to project are not finite; did the '
                        'training diverge?')
    if method not in ('pca', 'tsne'):
        raise UserError(f"method must be 'pca' or 'tsne', but got {method!r}")
    if method == 'pca':
        from sklearn.decomposition import PCA
        rank = min(2, *vectors.shape)
        points = PCA(rank, random_state=seed).fit_transform(vectors)
        return np.pad(points, ((0, 0), (0, 2 - rank)))
    if len(vectors) < 4:
        raise UserError(f't-SNE needs at least 4 vectors, but got '
                        f"{len(vectors)}; use 'pca'")
    from sklearn.manifold import TSNE
    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    init = project(vectors, 'pca', seed)
    # Spread as scikit-learn does with a PCA of its own: near 0 it converges.
    init = init / (np.std(init[:, 0]) or 1) * 1e-4
    tsne = TSNE(perplexity=perplexity, init=init, random_state=seed)
    return tsne.fit_transform(vectors).astype(np.float64)
