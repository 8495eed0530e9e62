# Copyright (c) mmaction-microaction contributors. All rights reserved.
import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from PIL import Image
from sklearn.metrics import (confusion_matrix, f1_score,
                             precision_recall_fscore_support)

from mmaction_microaction.analysis import (AnalysedClips, analyse_attention,
                                           analyse_classes, analyse_confusion,
                                           analyse_embedding, analyse_pairs,
                                           build_test_set, choose_clips,
                                           find_clips)
from mmaction_microaction.taxonomy import MA52, Taxonomy


def columns(path):
    """Header -> cells."""
    with open(path, encoding='utf-8') as file:
        header, *rows = csv.reader(file)
    return dict(zip(header, zip(*rows))) if rows else dict.fromkeys(header, ())


def shape(path):
    return Image.open(path).size


def test_confusion_is_scikit_learns(clips, tmp_path):
    section = analyse_confusion(clips, str(tmp_path))
    pairs = ((clips.labels, clips.predictions, 'action', MA52.names),
             (MA52.group_index[clips.labels],
              MA52.group_index[clips.predictions], 'body', MA52.groups))
    for true, predicted, level, names in pairs:
        table = columns(tmp_path / f'confusion_{level}.csv')
        assert tuple(table)[1:] == table.pop(next(iter(table))) == names
        np.testing.assert_array_equal(
            np.int64(list(table.values())).T,
            confusion_matrix(true, predicted, labels=range(len(names))))
    # Legible: enough pixels for each of the 52 names.
    assert min(shape(tmp_path / 'confusion_action.png')) > 52 * 30
    for name, _ in section.pictures:
        assert (tmp_path / name).is_file()


def test_classes_are_scikit_learns(clips, tmp_path):
    clips.train_counts = np.arange(52) * 10
    section = analyse_classes(clips, str(tmp_path))
    table = columns(tmp_path / 'per_class.csv')
    expected = precision_recall_fscore_support(
        clips.labels, clips.predictions, labels=range(52), zero_division=0)
    keys = ('precision', 'recall', 'f1', 'support')
    for key, values in zip(keys, expected):
        np.testing.assert_allclose(np.float64(table[key]), values)
    assert table['train_clips'] == tuple(str(10 * k) for k in range(52))
    counts = np.bincount(clips.predictions, minlength=52)
    assert table['predicted'] == tuple(map(str, counts))
    # The rule of the mean: class 50 does not count, class 51 counts as 0.
    counted = np.array(table['in_f1_macro']) == 'True'
    assert counted.tolist() == [True] * 50 + [False, True]
    mean = np.float64(table['f1'])[counted].mean()
    assert mean == pytest.approx(
        f1_score(clips.labels, clips.predictions, average='macro'))
    assert len(section.rows) == 51
    assert 'training clips' in section.pictures[0][1]
    # Without a training list.
    clips.train_counts = None
    section = analyse_classes(clips, str(tmp_path))
    assert 'No training list' in section.text
    assert 'analysed clips' in section.pictures[0][1]
    assert 'train_clips' not in columns(tmp_path / 'per_class.csv')


def test_pairs_name_their_clips(clips, tmp_path):
    section = analyse_pairs(clips, str(tmp_path), number=5)
    pairs = columns(tmp_path / 'confused_pairs.csv')
    listed = list(zip(*columns(tmp_path / 'confused_clips.csv').values()))
    assert len(section.rows) == 5 and not section.pictures
    assert np.sum(np.int64(pairs['clips'])) == len(listed)
    for rank, name, true, predicted, score in listed:
        i = clips.names.index(name)
        assert MA52.names[clips.labels[i]] == true
        assert MA52.names[clips.predictions[i]] == predicted
        assert float(score) == pytest.approx(clips.scores[i].max(), abs=1e-4)
        pair = section.rows[int(rank) - 1]
        assert {true, predicted} == {pair[1], pair[2]}
    totals = [row[5] for row in section.rows]
    assert totals == sorted(totals, reverse=True)


def test_pairs_show_their_clips(clips, sample_root, tmp_path):
    files = sorted(Path(sample_root, 'videos_val').iterdir())
    clips.paths = find_clips(sample_root, [f.name for f in files]) * 6
    section = analyse_pairs(clips, str(tmp_path), number=2)
    assert next(zip(*section.pictures)) == ('pair_01.png', 'pair_02.png')
    width, height = shape(tmp_path / 'pair_01.png')
    assert width > height > 100


def test_pairs_skip_files_that_do_not_read(clips, tmp_path):
    broken = tmp_path / 'broken.mp4'
    broken.write_bytes(b'no video')
    clips.paths = [str(broken), *[None] * 298, str(tmp_path / 'gone.mp4')]
    clips.scores[-1] = np.eye(52)[(clips.labels[-1] + 1) % 52]
    clips.__post_init__()
    section = analyse_pairs(clips, str(tmp_path), number=9999)
    assert '2 example clips could not be read' in section.text
    assert not section.pictures
    # No mistakes.
    clips.scores = np.eye(52, dtype=np.float32)[clips.labels]
    clips.__post_init__()
    section = analyse_pairs(clips, str(tmp_path))
    assert 'No clip is taken' in section.text and not section.rows
    assert not any(columns(tmp_path / 'confused_pairs.csv').values())


@pytest.mark.parametrize('method', ['pca', 'tsne'])
@pytest.mark.parametrize('joint', [True, False])
def test_embedding(clips, tmp_path, method, joint):
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(52, 9)) * 9
    clips.features = centres[clips.labels] + rng.normal(size=(300, 9))
    clips.label_vectors = centres if joint else None
    section = analyse_embedding(clips, str(tmp_path), method)
    table = columns(tmp_path / 'embedding.csv')
    kinds = ['video'] * 300 + ['label'] * (52 if joint else 0)
    assert list(table['kind']) == kinds
    assert list(table['name'][:300]) == clips.names
    np.testing.assert_array_equal(np.int64(table['index'][:300]), clips.labels)
    assert table['action'][0] == MA52.names[clips.labels[0]]
    assert table['body'][0] == MA52.groups[MA52.group_index[clips.labels[0]]]
    assert table['predicted'][0] == MA52.names[51]
    points = np.stack([table['x'], table['y']], axis=1).astype(float)
    assert np.isfinite(points).all()
    if joint and method == 'pca':  # one space for both
        both = np.concatenate([clips.features, centres])
        both = both - both.mean(axis=0)
        u, s, _ = np.linalg.svd(both, full_matrices=False)
        np.testing.assert_allclose(
            np.abs(points), np.abs(u[:, :2] * s[:2]), rtol=1e-4, atol=1e-4)
    assert ('stars' in section.text) == joint
    assert shape(tmp_path / 'embedding.png')[0] > 900


@pytest.mark.parametrize('hits, misses, number, expected', [
    (10, 10, 6, (3, 3)),
    (10, 10, 5, (3, 2)),
    (10, 1, 6, (5, 1)),
    (1, 10, 6, (1, 5)),
    (0, 3, 6, (0, 3)),
    (2, 2, 99, (2, 2)),
    (5, 5, 0, (0, 0)),
])
def test_half_of_each(hits, misses, number, expected):
    right = np.random.default_rng(0).permutation([True] * hits +
                                                 [False] * misses)
    chosen = choose_clips(right, number)
    assert len(set(chosen.tolist())) == len(chosen)
    assert (right[chosen].sum(), (~right[chosen]).sum()) == expected
    assert right[chosen].tolist() == sorted(right[chosen], reverse=True)
    np.testing.assert_array_equal(chosen, choose_clips(right, number))


def test_seed_and_refusal():
    right = np.arange(100) % 2 == 0
    chosen = choose_clips(right, 8)
    assert chosen.tolist() != choose_clips(right, 8, 1).tolist()
    with pytest.raises(ValueError, match='not be negative, but got -1'):
        choose_clips(right, -1)


def test_a_picture_for_each_clip(tiny_manet, tmp_path):
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
    heights = [shape(tmp_path / name)[1] for name, _ in section.pictures]
    assert heights[1] == pytest.approx(1.5 * heights[0], rel=0.02)
    table = columns(tmp_path / 'grad_cam.csv')
    assert table['clip'][1] == 'd'
    assert table['true'][1] != table['predicted'][1]
    assert table['score'] == ('1.0000', '1.0000')
    assert table['score of the true class'] == ('1.0000', '0.0000')


def test_another_label_set(tmp_path):
    taxonomy = Taxonomy('x', ('a', 'b', 'c'), tuple('123'), ('p', 'q'),
                        (0, 0, 1), ('#cc0000', '#0000cc'))
    clips = AnalysedClips(
        list('uvwx'), [0, 1, 2, 2],
        np.eye(3)[[0, 2, 2, 1]],
        taxonomy,
        features=np.eye(4))
    out = str(tmp_path)
    assert 'of one group' in analyse_confusion(clips, out).text
    assert list(columns(tmp_path / 'confusion_body.csv').values()) == [
        ('p', 'q'), ('1', '1'), ('1', '1')]  # yapf: disable
    assert analyse_pairs(clips, out).rows == [[1, 'b', 'c', 1, 1, 2]]
    assert [row[:2] for row in analyse_classes(clips, out).rows] == [
        ['a', 'p'], ['b', 'p'], ['c', 'q']]  # yapf: disable
    analyse_embedding(clips, out)
    assert columns(tmp_path / 'embedding.csv')['body'] == tuple('ppqq')
