# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.analysis import project

RNG = np.random.default_rng(0)


def test_pca_is_the_svd():
    vectors = RNG.normal(size=(40, 7)) * [9, 1, 5, 1, 1, 1, 1]
    centred = vectors - vectors.mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    points = project(vectors)
    # The sign of an axis is free.
    np.testing.assert_allclose(np.abs(points), np.abs(u[:, :2] * s[:2]))
    np.testing.assert_array_equal(points, project(vectors))


@pytest.mark.parametrize('shape', [(1, 5), (5, 1), (1, 1), (2, 2)])
def test_pca_of_very_little(shape):
    points = project(RNG.normal(size=shape))
    assert points.shape == (shape[0], 2)
    assert np.isfinite(points).all()


def test_tsne_keeps_neighbours():
    centres = RNG.normal(size=(3, 20)) * 20
    groups = np.repeat(np.arange(3), 15)
    vectors = centres[groups] + RNG.normal(size=(45, 20))
    points = project(vectors, 'tsne', seed=1)
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert (groups[distances.argmin(axis=1)] == groups).all()
    np.testing.assert_array_equal(points, project(vectors, 'tsne', seed=1))
    # Of few and of equal vectors.
    assert project(vectors[:4], 'tsne').shape == (4, 2)
    assert np.isfinite(project(np.ones((6, 3)), 'tsne')).all()


@pytest.mark.parametrize('vectors, method, message', [
    (np.ones(3), 'pca', r'\(N, C\), but got \(3,\)'),
    (np.array([[1, np.nan]]), 'pca', 'not finite'),
    (np.ones((3, 2)), 'umap', "'pca' or 'tsne', but got 'umap'"),
    (np.ones((3, 2)), 'tsne', 'at least 4 vectors, but got 3'),
])
def test_refuses(vectors, method, message):
    with pytest.raises(ValueError, match=message):
        project(vectors, method)
