# Copyright (c) mmaction-microaction contributors. All rights reserved.
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
        'videos_train/sub/d.mp4'
    ]
    others = [
        'MA-52.zip', 'demo.mp4', 'frames/a/1.jpg', 'annotations/x.zip',
        'videos_train/notes.txt', 'videos_train/e.mkv'
    ]
    hidden = ['.git/config', 'videos_train/._a.mp4', '.list.txt',
              'videos_train/.x/a.mp4']  # yapf: disable
    plan = plan_root(
        make_tree(*annotations, *clips, *others, *hidden, 'manifest.csv'),
        own_files=['manifest.csv'])
    assert plan.clips == tuple(sorted(clips))
    assert plan.annotations == tuple(sorted(annotations))
    others[others.index('frames/a/1.jpg')] = 'frames/'
    assert plan.left_out == tuple(sorted(others))


def test_links_to_folders(make_tree, tmp_path):
    """Those that a data set reads are followed, the others told."""
    root = make_tree('videos_val/a.mp4', 'videos_val/b.mp4')
    root_path = tmp_path / 'root'
    for name in ('elsewhere/c.mp4', 'store/d.mp4'):
        make_tree(f'../{name}')
    (root_path / 'videos_val' / 'part').symlink_to(tmp_path / 'elsewhere')
    (root_path / 'videos_val' / '.part').symlink_to(tmp_path / 'elsewhere')
    (root_path / 'videos_val' / 'b.mp4').unlink()
    (root_path / 'videos_val' / 'b.mp4').symlink_to(tmp_path / 'store/d.mp4')
    (root_path / 'videos').mkdir()
    (root_path / 'videos' / 'train').symlink_to(tmp_path / 'store')
    plan = plan_root(root)
    assert plan.clips == ('videos/train/d.mp4', 'videos_val/a.mp4',
                          'videos_val/b.mp4')
    assert plan.left_out == ('videos_val/part/', )


def test_no_data(tmp_path, make_tree):
    with pytest.raises(FileNotFoundError, match='there is no folder'):
        plan_root(str(tmp_path / 'nowhere'))
    with pytest.raises(FileNotFoundError, match='no clips of MA-52 or MMA-52'):
        plan_root(make_tree('clip.mp4', 'videos_train/a.txt'))


def test_apart(tmp_path):
    source, target = tmp_path / 'raw', tmp_path / 'small'
    (source / 'videos').mkdir(parents=True)
    (tmp_path / 'raw_2').mkdir()
    require_apart(str(source), str(target), ['videos'])
    require_apart(str(source), str(tmp_path / 'raw_2'), ['videos'])


@pytest.mark.parametrize('target', [
    'raw', 'raw/', 'raw/small', '.', 'raw/../raw', 'link', 'link/small',
    'linked_videos', 'elsewhere'
])
def test_not_apart(tmp_path, target):
    source = tmp_path / 'raw'
    (source / 'videos').mkdir(parents=True)
    (tmp_path / 'link').symlink_to(source)
    (tmp_path / 'linked_videos').mkdir()
    (tmp_path / 'linked_videos' / 'videos').symlink_to(source / 'videos')
    # The source's other video folder is itself a link, next to its target.
    (tmp_path / 'elsewhere' / 'train').mkdir(parents=True)
    (source / 'train').symlink_to(tmp_path / 'elsewhere' / 'train')
    with pytest.raises(ValueError, match='must be apart'):
        require_apart(str(source), str(tmp_path / target), ['videos', 'train'])
