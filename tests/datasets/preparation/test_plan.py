# Copyright (c) mmaction-microaction contributors. All rights reserved.
from contextlib import nullcontext
from pathlib import Path

import pytest

from mmaction_microaction.datasets.preparation import plan_root
from mmaction_microaction.datasets.preparation.plan import require_apart


@pytest.fixture
def make_tree(tmp_path):

    def make(*names):
        for name in names:
            path = tmp_path / 'root' / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b'x')
        return str(tmp_path / 'root')

    return make


@pytest.mark.parametrize('folders', [
    ['videos_train', 'videos_val', 'videos_test'],
    ['raw_videos/train', 'raw_videos/val', 'raw_videos/test'],
    ['train', 'val', 'test'],
    ['videos/train', 'videos/val', 'videos/test'],
    ['videos'],
    ['videos_train', 'raw_videos/val', 'test'],
])
def test_every_layout(make_tree, folders):
    clips = [f'{folder}/a.mp4' for folder in folders]
    plan = plan_root(make_tree(*clips, 'annotations/train.csv'))
    assert plan.clips == tuple(sorted(clips))
    assert set(folders) <= set(plan.folders) <= {*folders, 'videos'}
    assert plan.annotations == ('annotations/train.csv', )
    assert plan.left_out == ()


def test_what_is_what(make_tree):
    annotations = [
        'train_list_videos.txt', 'test.csv', 'pose_train.pkl', 'README.md',
        'annotations/deep/er.json', 'annotations/val_list_videos.txt'
    ]
    clips = [
        'videos_train/a[1].mp4', 'videos_train/A.MP4', 'videos_train/c.avi',
        'videos_train/sub/d.mp4', 'videos_train/e.MTS', 'videos_train/f.odd'
    ]
    others = [
        'MA-52.zip', 'demo.mp4', 'frames/a/1.jpg', 'annotations/x.zip',
        'videos_train/notes.txt', 'videos_train/g.odd'
    ]
    hidden = ['.git/config', 'videos_train/._a.mp4', '.list.txt',
              'videos_train/.x/a.mp4']  # yapf: disable
    root = make_tree(*annotations, *clips, *others, *hidden, 'manifest.csv')
    Path(root, 'train_list_videos.txt').write_text(
        f'f.odd 1\n../a.mp4 1\n\n../../a.mp4\n{root}.mp4 1\nsub/d.mp4\n')
    plan = plan_root(root, own_files=['manifest.csv'])
    assert plan.clips == tuple(sorted(clips))
    assert plan.annotations == tuple(sorted(annotations))
    others[others.index('frames/a/1.jpg')] = 'frames/'
    assert plan.left_out == tuple(sorted(others))
    # What the other list names is 'x', as of all files here.
    assert plan.missing == ('../a.mp4', '../root.mp4', 'a.mp4', 'videos_val/x')


def test_links_to_folders(make_tree, tmp_path):
    """Those that a data set reads are followed, the others told."""
    root = make_tree('videos_val/a.mp4', 'videos/x.txt', '../store/d.mp4',
                     '../elsewhere/c.mp4')
    for name, target in {'videos_val/part': 'elsewhere',
                         'videos_val/.part': 'elsewhere',
                         'videos_val/b.mp4': 'store/d.mp4',
                         'videos/train': 'store'}.items():  # yapf: disable
        (tmp_path / 'root' / name).symlink_to(tmp_path / target)
    plan = plan_root(root)
    assert plan.clips == ('videos/train/d.mp4', 'videos_val/a.mp4',
                          'videos_val/b.mp4')
    assert plan.left_out == ('videos/x.txt', 'videos_val/part/')
    # A list leads into a linked folder; a table names ids.
    Path(root, 'val_list_videos.txt').write_text('part/c.mp4 1')
    Path(root, 'val.csv').write_text(
        'video_id,total_frames,start_frame,end_frame,class\n'
        'a,9,0,5,1\ngone,9,0,5,1\n')
    more = plan_root(root)
    assert more.clips == (*plan.clips, 'videos_val/part/c.mp4')
    assert more.folders == (*plan.folders, 'videos_val/part')
    assert more.missing == ('videos_val/gone.mp4', )


def test_no_data(tmp_path, make_tree):
    with pytest.raises(FileNotFoundError, match='there is no folder'):
        plan_root(str(tmp_path / 'nowhere'))
    with pytest.raises(FileNotFoundError, match='no clips of MA-52 or MMA-52'):
        plan_root(make_tree('clip.mp4', 'videos_train/a.txt'))


@pytest.mark.parametrize('target, apart', [
    *((x, True) for x in ('small', 'raw_2')),
    *((x, False) for x in ('raw', 'raw/', 'raw/small', '.', 'raw/../raw',
                           'link', 'link/small', 'linked_videos', 'elsewhere'))
])
def test_apart(tmp_path, target, apart):
    source = tmp_path / 'raw'
    for name in ('raw/videos', 'raw_2', 'linked_videos', 'elsewhere/train'):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / 'link').symlink_to(source)
    (tmp_path / 'linked_videos' / 'videos').symlink_to(source / 'videos')
    # The source's other video folder is itself a link, next to its target.
    (source / 'train').symlink_to(tmp_path / 'elsewhere' / 'train')
    with nullcontext() if apart else pytest.raises(
            ValueError, match='must be apart'):
        require_apart(str(source), str(tmp_path / target), ['videos', 'train'])
