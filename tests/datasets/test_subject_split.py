# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets import split_by_subject, subject_of

NAMES = [
    f'{subject:04d}_01_{i:04d}.mp4' for i in range(7) for subject in range(10)
]


def test_split_is_by_subject_and_seed():
    train, val = split = split_by_subject(NAMES, ratio=0.3, seed=1)
    assert sorted(train + val) == list(range(len(NAMES)))
    assert train == sorted(train) and val == sorted(val)
    people = [{subject_of(NAMES[i]) for i in part} for part in split]
    assert not people[0] & people[1] and len(people[1]) == 3
    assert split == split_by_subject(NAMES, ratio=0.3, seed=1)
    assert any(split != split_by_subject(NAMES, 0.3, s) for s in range(2, 6))
    # Another order of the clips leaves every participant where they were.
    turned = split_by_subject(NAMES[::-1], ratio=0.3, seed=1)[1]
    assert people[1] == {subject_of(NAMES[::-1][i]) for i in turned}


@pytest.mark.parametrize('names, ratio, message', [
    (NAMES, 0, 'ratio'),
    (NAMES, 1, 'ratio'),
    (['a_b/0003_a.mp4', '0003_b.mp4'], .2, "at least two .* got .'0003'.$"),
    (['test0000.mp4'], .2, 'begins with its participant.*test0000'),
    (['_01.mp4'], .2, 'begins with its participant'),
])
def test_impossible_splits(names, ratio, message):
    with pytest.raises(ValueError, match=message):
        split_by_subject(names, ratio)
