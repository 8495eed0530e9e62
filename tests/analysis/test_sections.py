# Copyright (c) mmaction-microaction contributors. All rights reserved.
from pathlib import Path

import numpy as np
import pandas
import pytest
import torch
from mmaction.registry import MODELS
from PIL import Image
from sklearn.metrics import confusion_matrix, f1_score

from mmaction_microaction.analysis import (AnalysedClips, analyse_attention,
                                           analyse_classes, analyse_confusion,
                                           analyse_embedding, analyse_pairs,
                                           build_test_set, choose_clips,
                                           project)
from mmaction_microaction.evaluation import per_class_table
from mmaction_microaction.taxonomy import MA52, Taxonomy


@pytest.fixture
def clips() -> AnalysedClips:
    """300 clips of 52 classes, recognised more often than not; class 51 is
    never true, class 50 neither true nor predicted."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 50, 300)
    scores = rng.random((300, 52)) + 0.6 * np.eye(52)[labels]
    scores[:, 50] = 0
    scores[0, 51] = 3
    return AnalysedClips([f'{i:04}.mp4' for i in range(300)], labels,
                         np.float32(scores))


@pytest.fixture
def read(tmp_path):
    """A function: name of a table -> its frame."""
    return lambda name: pandas.read_csv(tmp_path / name)


@pytest.fixture
def shape(tmp_path):
    """A function: name of a picture -> width and height."""
    return lambda name: Image.open(tmp_path / name).size


def test_confusion_is_scikit_learns(clips, tmp_path, read, shape):
    section = analyse_confusion(clips, str(tmp_path))
    both = np.stack([clips.labels, clips.predictions])
    for its, level, names in ((both, 'action', MA52.names),
                              (MA52.group_index[both], 'body', MA52.groups)):
        table = read(f'confusion_{level}.csv').set_index('true \\ predicted')
        counts = confusion_matrix(*its, labels=range(len(names)))
        pandas.testing.assert_frame_equal(
            table, pandas.DataFrame(counts, names, names), check_names=False)
    # Legible: enough pixels for each of the 52 names.
    assert [
        min(shape(name)) > n * 30
        for n, (name, _) in zip((7, 52), section.pictures)
    ] == [True] * 2


def test_classes_are_scikit_learns(clips, tmp_path, read):
    clips.train_counts = np.arange(52) * 10
    section = analyse_classes(clips, str(tmp_path))
    table = read('per_class.csv')
    expected = pandas.DataFrame(per_class_table(clips.matrix))
    expected['predicted'] = np.bincount(clips.predictions, minlength=52)
    # The rule of the mean: class 50 does not count, class 51 counts as 0.
    expected['in_f1_macro'] = [True] * 50 + [False, True]
    expected['train_clips'] = clips.train_counts
    pandas.testing.assert_frame_equal(table, expected)
    counted = table[table.in_f1_macro]
    assert counted.f1.mean() == pytest.approx(
        f1_score(clips.labels, clips.predictions, average='macro'))
    header = ['name', 'body', 'f1', 'precision', 'recall', 'support']
    assert section.rows == counted[[*header, 'train_clips']].values.tolist()
    assert section.header == [*header, 'train clips']
    assert 'training clips' in section.pictures[0][1]
    clips.train_counts = None
    section = analyse_classes(clips, str(tmp_path))
    assert 'No training list' in section.text
    assert 'analysed clips' in section.pictures[0][1]
    assert 'train_clips' not in read('per_class.csv')


def test_pairs_name_their_clips(clips, tmp_path, read):
    section = analyse_pairs(clips, str(tmp_path), number=5)
    pairs, listed = read('confused_pairs.csv'), read('confused_clips.csv')
    assert pairs.values.tolist() == section.rows and len(pairs) == 5
    assert pairs.clips.tolist() == sorted(pairs.clips, reverse=True)
    assert pairs.clips.sum() == len(listed) and not section.pictures
    for rank, name, true, predicted, score in listed.itertuples(index=False):
        i = clips.names.index(name)
        assert MA52.names[clips.labels[i]] == true
        assert MA52.names[clips.predictions[i]] == predicted
        assert score == pytest.approx(clips.scores[i].max(), abs=1e-4)
        assert {true, predicted} == set(section.rows[rank - 1][1:3])


def test_pairs_show_the_clips_that_can_be_read(clips, sample_root, tmp_path,
                                               read, shape):
    broken = tmp_path / 'broken.mp4'
    broken.write_bytes(b'no video')
    video = next(Path(sample_root, 'videos_val').iterdir())
    clips.paths = [str(broken), str(video), *[None] * 297, 'gone.mp4']
    for i in (1, -1):
        clips.scores[i] = np.eye(52)[(clips.labels[i] + 1) % 52]
    clips.__post_init__()
    section = analyse_pairs(clips, str(tmp_path), number=9999)
    assert '2 example clips could not be read' in section.text
    (name, title), = section.pictures
    assert MA52.names[clips.labels[1]] in title
    width, height = shape(name)
    assert width > height > 100
    clips.scores = np.eye(52, dtype=np.float32)[clips.labels]
    clips.__post_init__()
    section = analyse_pairs(clips, str(tmp_path))
    assert 'No clip is taken' in section.text and not section.rows
    assert read('confused_pairs.csv').empty


def by_svd(vectors):
    u, s, _ = np.linalg.svd(vectors - vectors.mean(axis=0), False)
    return np.abs(u[:, :2] * s[:2])  # the sign of an axis is free


@pytest.mark.parametrize('method, joint', [('pca', True), ('pca', False),
                                           ('tsne', True)])
def test_embedding(clips, tmp_path, read, shape, method, joint):
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(52, 9)) * 9
    clips.features = centres[clips.labels] + rng.normal(size=(300, 9))
    clips.label_vectors = centres if joint else None
    section = analyse_embedding(clips, str(tmp_path), method)
    table = read('embedding.csv').fillna('')
    rows, vectors = [
        ['video', name, i, MA52.names[i], MA52.labels[i].group_name,
         MA52.names[k]] for name, i, k in zip(
             clips.names, clips.labels, clips.predictions)
    ], clips.features  # yapf: disable
    if joint:  # one space for both
        rows += [['label', x.name, x.index, x.name, x.group_name, '']
                 for x in MA52.labels]
        vectors = np.concatenate([vectors, centres])
    assert table.values[:, :6].tolist() == rows
    points = table[['x', 'y']].to_numpy()
    assert np.isfinite(points).all()
    if method == 'pca':
        np.testing.assert_allclose(
            np.abs(points), by_svd(vectors), rtol=1e-4, atol=1e-4)
    assert ('stars' in section.text) == joint
    assert shape('embedding.png')[0] > 900


@pytest.mark.parametrize('size', [(40, 7), (1, 5), (5, 1), (1, 1), (2, 2)])
def test_pca_is_the_svd(size):
    vectors = np.random.default_rng(0).normal(size=size)
    points = project(vectors)
    assert points.shape == (size[0], 2)
    rank = min(2, *size)
    np.testing.assert_allclose(
        np.abs(points[:, :rank]), by_svd(vectors)[:, :rank], atol=1e-12)
    assert not points[:, rank:].any()


def test_tsne_keeps_neighbours():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(3), 15)
    vectors = rng.normal(size=(3, 20))[groups] * 20 + rng.normal(size=(45, 20))
    points = project(vectors, 'tsne', seed=1)
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert (groups[distances.argmin(axis=1)] == groups).all()
    np.testing.assert_array_equal(points, project(vectors, 'tsne', seed=1))
    # Of few and of equal vectors.
    assert project(vectors[:4], 'tsne').shape == (4, 2)
    assert np.isfinite(project(np.ones((6, 3)), 'tsne')).all()


@pytest.mark.parametrize('vectors, method, message', [
    (np.array([[1, np.nan]]), 'pca', 'not finite'),
    (np.ones((3, 2)), 'umap', "'pca' or 'tsne', but got 'umap'"),
    (np.ones((3, 2)), 'tsne', 'at least 4 vectors, but got 3'),
])
def test_project_refuses(vectors, method, message):
    with pytest.raises(ValueError, match=message):
        project(vectors, method)


@pytest.mark.parametrize('hits, misses, number, expected', [
    (10, 10, 5, (3, 2)),
    (10, 1, 6, (5, 1)),
    (1, 10, 6, (1, 5)),
    (0, 3, 6, (0, 3)),
    (2, 2, 99, (2, 2)),
    (5, 5, 0, (0, 0)),
])
def test_half_of_each(hits, misses, number, expected):
    right = np.arange(hits + misses) < hits
    chosen = choose_clips(right, number).tolist()
    assert len(set(chosen)) == len(chosen) == sum(expected)
    assert right[chosen].tolist() == sorted(right[chosen], reverse=True)
    assert right[chosen].sum() == expected[0]
    assert chosen == choose_clips(right, number).tolist()
    if number == 5:
        assert chosen != choose_clips(right, number, 1).tolist()


def test_a_picture_for_each_clip(tiny_manet, tmp_path, read, shape):
    tiny_manet.test_dataloader.dataset.indices = 4
    dataset = build_test_set(tiny_manet)
    labels = [dataset.get_data_info(i)['label'] for i in range(4)]
    scores = np.eye(52, dtype=np.float32)[labels]
    scores[3] = np.roll(scores[3], 1)
    clips = AnalysedClips(list('abcd'), labels, scores)
    torch.manual_seed(0)
    model = MODELS.build(tiny_manet.model).eval()
    section = analyse_attention(clips, model, dataset, str(tmp_path), 2)
    (_, first), (_, second) = section.pictures
    assert first.endswith(', recognised')
    assert second == 'd, not recognised'
    heights = [shape(name)[1] for name, _ in section.pictures]
    assert heights[1] == pytest.approx(1.5 * heights[0], rel=0.02)
    table = read('grad_cam.csv')
    assert table.loc[1].tolist() == [
        'grad_cam_02.png', 'd', MA52.names[labels[3]],
        MA52.names[(labels[3] + 1) % 52], 1., 0.
    ]
    assert table['score of the true class'].tolist() == [1., 0.]


def test_another_label_set(tmp_path, read):
    taxonomy = Taxonomy('x', ('a', 'b', 'c'), tuple('123'), ('p', 'q'),
                        (0, 0, 1), ('#cc0000', '#0000cc'))
    scores = np.eye(3)[[0, 2, 2, 1]]
    clips = AnalysedClips(list('uvwx'), [0, 1, 2, 2], scores, taxonomy)
    clips.features = np.eye(4)
    out = str(tmp_path)
    assert 'of one group' in analyse_confusion(clips, out).text
    assert read('confusion_body.csv').values.tolist() == [['p', 1, 1],
                                                          ['q', 1, 1]]
    assert analyse_pairs(clips, out).rows == [[1, 'b', 'c', 1, 1, 2]]
    assert [row[:2] for row in analyse_classes(clips, out).rows] == [
        ['a', 'p'], ['b', 'p'], ['c', 'q']]  # yapf: disable
    analyse_embedding(clips, out)
    assert read('embedding.csv').body.tolist() == list('ppqq')
