# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest
from scipy.spatial.distance import pdist

from mmaction_microaction.models.label_vectors import (GLOVE_STD,
                                                       load_label_vectors,
                                                       mean_word_vectors)
from mmaction_microaction.taxonomy import MA52


def test_the_shipped_default():
    vectors = load_label_vectors()
    assert vectors.shape == (52, 300) and vectors.dtype == np.float32
    assert vectors.std() == pytest.approx(GLOVE_STD, rel=1e-3)
    assert np.linalg.matrix_rank(vectors, tol=1e-3) == 51
    # Close labels are close: all "scratching or touching ..." together.
    same = [x.index for x in MA52.labels if x.name.startswith('scratching')]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = unit @ unit.T
    others = np.setdiff1d(np.arange(52), same)
    assert cosine[np.ix_(same, same)].mean() > \
        cosine[np.ix_(same, others)].mean() + 0.2


def test_subset_random_ones_and_a_text_matrix(tmp_path):
    np.testing.assert_array_equal(
        load_label_vectors(names=('nodding', 'shaking body')),
        load_label_vectors()[[9, 0]])
    with pytest.raises(ValueError, match='juggling.*label_vectors to an .npy'):
        load_label_vectors(names=('juggling', ))
    vectors = load_label_vectors(None, 'abcde')
    assert vectors.shape == (5, 300)
    assert vectors.std() == pytest.approx(GLOVE_STD, rel=0.05)
    np.testing.assert_array_equal(vectors, load_label_vectors(None, 'abcde'))
    path = str(tmp_path / 'v.txt')
    np.savetxt(path, vectors)
    np.testing.assert_allclose(
        load_label_vectors(path, 'abcde'), vectors, rtol=1e-6)


def test_means_of_a_glove_file(tmp_path):
    """With a word that nobody asked for."""
    path = tmp_path / 'glove.txt'
    path.write_bytes(b'up 1 2 3\ncaf\xe9 7 8 9\ndown 4 5 6\nor 0 0 6\n')
    vectors = load_label_vectors(str(path), ('Up', 'up-down', 'up or down'))
    wanted = [[1, 2, 3], [2.5, 3.5, 4.5], [5 / 3, 7 / 3, 5]]
    np.testing.assert_allclose(vectors, wanted, rtol=1e-6)


@pytest.mark.parametrize('row, match', [
    ('1 2', 'glove.txt:2: expected 3 numbers'),
    ('1 2 x', "glove.txt:2: .*'x'"),
    ('1 2 3', r"lacks the words \['juggling'\]"),
])
def test_broken_glove_file(row, match, tmp_path):
    path = tmp_path / 'glove.txt'
    path.write_text(f'nodding 1 2 3\nwaving {row}\n')
    with pytest.raises(ValueError, match=match):
        mean_word_vectors(path, ('nodding', 'waving', 'juggling'))


@pytest.mark.parametrize('array, match', [
    (np.zeros((51, 300)), r'\(52, D\)'),
    (np.zeros(52), r'\(52, D\)'),
    (np.full((52, 3), np.nan), 'not finite'),
    ('nowhere.npy', 'nowhere.npy'),
])
def test_wrong_sources(array, match, tmp_path):
    (tmp_path / 'odd.npy').write_bytes(b'\x93NUMPY')
    with pytest.raises(ValueError, match='odd.npy is no array'):
        load_label_vectors(str(tmp_path / 'odd.npy'))
    kind = FileNotFoundError if isinstance(array, str) else ValueError
    with pytest.raises(kind, match=match):
        load_label_vectors(array)


def test_embedding_keeps_every_distance(load_tool):
    embed = load_tool('data/build_label_vectors.py').embed_isometrically
    vectors = np.random.default_rng(1).standard_normal((52, 384))
    out = embed(vectors, 300, std=0.28)
    ratio = pdist(out) / pdist(vectors)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-4)
    assert out.std() == pytest.approx(0.28, rel=1e-4)
    for wrong in (vectors, np.ones((5, 60))):
        with pytest.raises(ValueError, match='cannot be embedded into 10'):
            embed(wrong, 10, std=1)
