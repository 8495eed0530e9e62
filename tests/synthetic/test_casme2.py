# Copyright (c) mmaction-microaction contributors. All rights reserved.
import cv2
import numpy as np
import openpyxl
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score

from mmaction_microaction.datasets import MicroExpressionDataset
from mmaction_microaction.synthetic import generate_casme2


@pytest.fixture(scope='module')
def sample(tmp_path_factory):
    """A data root and the rows of its table."""
    options = dict(clips_per_emotion=2, size=32, num_frames=(8, 10))
    folder = tmp_path_factory.mktemp('data') / 'casme2'
    root = generate_casme2(folder, subjects=4, **options)
    book = openpyxl.load_workbook(root / 'CASME2-coding-20190701.xlsx')
    return root, list(book.active.values)


def picture(root, subject, name, number):
    folder = root / 'Cropped-updated/Cropped' / f'sub{subject:02d}' / name
    return cv2.imread(str(folder / f'reg_img{number}.jpg'))


def test_table_and_folders_as_our_data_set_reads_them(sample):
    root, (header, *body) = sample
    assert header == ('Subject', 'Filename', None, 'OnsetFrame', 'ApexFrame',
                      'OffsetFrame', None, 'Action Units', 'Estimated Emotion')
    assert len(body) == 4 * (5 * 2 + 1)
    assert {type(row[7]) for row in body} == {int, str}
    for subject, name, _, onset, apex, offset, *_ in body:
        assert onset < apex < offset and 8 <= offset - onset <= 10
        for number in range(onset - 1, offset + 2):
            assert picture(root, subject, name, number).shape == (32, 32, 3)
    for scheme, number in ((3, 4 * 8 + 4), (4, 44), (5, 40)):
        dataset = MicroExpressionDataset(data_root=str(root), scheme=scheme)
        assert len(dataset) == number and not dataset.notes
        assert len(dataset.subjects) == 4


def test_emotions_can_be_told_on_people_never_seen(sample):
    """Ridge regression on apex - onset, leaving out one subject at a time."""
    root, table = sample
    rows = [row for row in table[1:] if row[8] not in ('sadness', 'fear')]
    pairs = [[picture(root, *row[:2], number) for number in row[3:5]]
             for row in rows]
    change = np.diff(np.array(pairs, float), axis=1).reshape(len(rows), -1)
    scores = cross_val_score(
        RidgeClassifier(1e5),
        change, [row[8] for row in rows],
        groups=[row[0] for row in rows],
        cv=LeaveOneGroupOut())
    assert scores.mean() > .5  # chance is .2; all have as many clips
