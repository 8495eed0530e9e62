# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What all generators of data roots promise."""
import pickle

import decord
import numpy as np
import pytest

from mmaction_microaction.synthetic import (generate_casme2, generate_emotion,
                                            generate_ma52, generate_mma52)

SMALL = dict(size=(32, 40), subjects=(3, 2, 2))
WAVING = dict(SMALL, classes=['waving'])
TINY = {
    generate_ma52: dict(
        WAVING, clips_per_class=2, val_clips_per_class=1,
        test_clips_per_class=1, num_frames=(8, 10)),
    generate_mma52: dict(
        WAVING, num_train=2, num_val=1, num_test=1, duration=(1., 1.5)),
    generate_emotion: dict(
        SMALL, clips_per_emotion=1, held_out_clips=1, num_frames=(8, 10)),
    generate_casme2: dict(
        subjects=1, clips_per_emotion=1, size=32, num_frames=(8, 9)),
}  # yapf: disable
MARKS = ('pose_test.pkl', 'pose_test.pkl', 'rule.json', 'sample_data.json')


def contents(root):
    """Path -> bytes or, as x264 is free to encode the same frames and pickle
    the same objects in more than one way, what a file holds."""
    read = {
        '.pkl': lambda path: pickle.loads(path.read_bytes()),
        '.mp4': lambda path: decord.VideoReader(str(path))[:].asnumpy(),
        '.xlsx': lambda path: None,
    }
    return {
        str(path.relative_to(root)):
        read.get(path.suffix, lambda path: path.read_bytes())(path)
        for path in sorted(root.rglob('*')) if path.is_file()
    }


@pytest.mark.parametrize('generate, mark', zip(TINY, MARKS))
def test_seed_workers_and_a_full_folder(generate, mark, tmp_path):
    config, root = TINY[generate], tmp_path / 'root'
    assert generate(root, **config) == root
    before = contents(root)
    workers = 2 if generate is generate_ma52 else 1  # a process takes seconds
    two = contents(generate(tmp_path / 'two', workers=workers, **config))
    assert before.keys() == two.keys()
    for name, value in before.items():
        if name.endswith('.mp4'):
            value, other = value.astype(int), two[name].astype(int)
            assert np.abs(value - other).mean() < 1
        else:
            np.testing.assert_equal(value, two[name])
    with pytest.raises(FileExistsError, match='--overwrite'):
        generate(root, **config)
    assert contents(root).keys() == before.keys()
    (root / 'notes.txt').write_text('mine')
    generate(root, overwrite=True, seed=1, **config)
    after = contents(root)
    assert after.pop('notes.txt') == b'mine'
    assert any(value != after.get(name) for name, value in before.items()
               if name.endswith(('.txt', '.csv', '.json')))
    # The real data set has no such mark.
    (root / mark).unlink()
    with pytest.raises(FileExistsError, match='real data set'):
        generate(root, overwrite=True, **config)
    assert contents(root).keys() == after.keys() - {mark} | {'notes.txt'}


VIDEOS = [(dict(size=(33, 40)), 'even'), (dict(appearance='x'), 'appearance'),
          (dict(workers=0), 'workers'), (dict(subjects=(3, 2)), 'subjects'),
          (dict(subjects=(3, 0, 2)), 'subjects')]
CLASSES = [(dict(classes=['juggling']), 'juggling'),
           (dict(classes=[]), 'classes')]
BAD = {
    generate_ma52:
    VIDEOS + CLASSES + [(dict(clips_per_class=0), 'clips_per_class'),
                        (dict(val_clips_per_class=0), 'clips_per_class'),
                        (dict(num_frames=(30, 20)), 'num_frames')],
    generate_mma52: [(dict(num_val=0), 'at least 1'),
                     (dict(duration=(5, 4)), 'duration'),
                     (dict(duration=(.5, 4)), 'duration'),
                     (dict(max_overlap=0), 'max_overlap'),
                     (dict(max_overlap=6), 'max_overlap must be 1 to 5')],
    generate_emotion: [(dict(clips_per_emotion=0), 'own_share'),
                       (dict(own_share=1.5), 'own_share')],
    generate_casme2: [(dict(subjects=0), 'subjects must be at least 1'),
                      (dict(clips_per_emotion=0), 'clips_per_emotion'),
                      (dict(workers=0), 'workers'),
                      (dict(size=16), 'must be at least 32 pixels'),
                      (dict(num_frames=(4, 9)), 'at least 8'),
                      (dict(num_frames=(12, 9)), 'at least 8'),
                      (dict(emotions=('joy', 'fear')), 'joy'),
                      (dict(emotions=('fear', )), 'one or more of'),
                      (dict(appearance='ugly'), 'ugly')]
}


@pytest.mark.parametrize('generate, change, message',
                         [(generate, *case) for generate, cases in BAD.items()
                          for case in cases])
def test_bad_arguments_write_nothing(generate, tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        generate(tmp_path / 'root', **{**TINY[generate], **change})
    assert not (tmp_path / 'root').exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(FileExistsError, match='is a file'):
        generate_ma52(tmp_path / 'file', **TINY[generate_ma52])
