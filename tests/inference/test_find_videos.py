# Copyright (c) mmaction-microaction contributors. All rights reserved.
import os
import shutil

import av
import pytest
from PIL import Image

from mmaction_microaction.inference.find_videos import check_video, find_videos
from mmaction_microaction.utils.video_writer import write_video


@pytest.fixture
def folder(tmp_path, frames_of, write_sound):
    """Videos of any name, and all that else lies in folders."""
    frames = frames_of(12)
    pictures = [Image.fromarray(frame) for frame in frames]
    pictures[0].save(
        tmp_path / 'a.gif', save_all=True, append_images=pictures[1:])
    for ending in ('bmp', 'jpg', 'png', 'tif', 'webp'):
        pictures[0].save(tmp_path / f'still.{ending}')
    pictures[0].save(tmp_path / 'still.gif')
    with av.open(str(tmp_path / 'b.vob'), 'w', format='vob') as container:
        stream = container.add_stream('mpeg2video', rate=25)
        stream.height, stream.width = frames.shape[1:3]
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, format='rgb24')
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    (tmp_path / 'sub').mkdir()
    write_video(tmp_path / 'c.mp4', frames)
    for name in ('sub/d', '.hidden.mp4'):
        shutil.copy(tmp_path / 'c.mp4', tmp_path / name)
    write_sound(tmp_path / 'sound.mp4')
    (tmp_path / 'sound.mp4').rename(tmp_path / 'song.m4a')
    (tmp_path / 'broken.MOV').write_text('no video')
    (tmp_path / 'notes.txt').write_text('no video')
    (tmp_path / 'table.csv').write_text('a,b\n1,2\n')
    (tmp_path / 'empty.dat').touch()
    (tmp_path / 'lost').symlink_to('nothing')
    (tmp_path / 'linked').symlink_to('sub')
    return tmp_path


def test_what_a_folder_holds(folder, capsys):
    """What is none is named, with the reason; hidden files are not."""
    found = find_videos(str(folder))
    assert [os.path.relpath(path, folder) for path in found
            ] == ['a.gif', 'b.vob', 'broken.MOV', 'c.mp4', 'sub/d']
    said = capsys.readouterr().err.replace(f'{folder}/', '').splitlines()
    for line in ('linked: is a link to a folder', 'empty.dat: is empty',
                 'song.m4a: has sound but no video', 'lost: does not exist',
                 'notes.txt, table.csv: is not a video',
                 'still.bmp, still.gif, still.jpg, still.png, still.tif, '
                 'still.webp: is a picture'):
        assert sum(f'left out: {line}' in x for x in said) == 1, line
    assert len(said) <= 7
    for path in set(found) - {str(folder / 'broken.MOV')}:
        check_video(path)


def test_folders_that_are_passed_over(folder):
    assert find_videos(str(folder), below=False)[-1].endswith('c.mp4')
    assert find_videos(
        str(folder), lambda x: 'sub' not in x) == [str(folder / 'sub' / 'd')]
