# Copyright (c) mmaction-microaction contributors. All rights reserved.
import io
import os.path as osp
from typing import List, Optional

from mmaction.datasets.transforms import DecordInit
from mmaction.registry import TRANSFORMS
from mmengine.fileio import FileClient

from mmaction_microaction.utils.files import as_on_disk
from mmaction_microaction.utils.video_reader import VideoIndex, VideoReader
from .piece_reader import PieceReader, reraise_with_filename


@TRANSFORMS.register_module()
class OpenVideo(DecordInit):
    """Open a video for ``DecodeResized``; replaces ``DecordInit``.

    Arguments and keys are those of ``DecordInit``: required is ``filename``,
    or ``pieces``, ``total_frames`` and ``fps`` of :class:`ActionWindows`;
    added are ``video_reader`` (a ``VideoReader``), ``total_frames`` and
    ``avg_fps`` (Hz). ``num_threads`` above 1 only helps with several cores per
    process. A RuntimeError names a file that is no video.
    """

    @staticmethod
    def host_steps(cfg: dict) -> List[dict]:
        """The equivalent host transform, with those of ``DecodeResized``."""
        return [dict(cfg, type='DecordInit')]

    def transform(self, results: dict) -> dict:
        """Open ``results['filename']``."""
        if 'pieces' in results:
            reader = PieceReader(results['pieces'], self.open)
            return dict(results, video_reader=reader, avg_fps=results['fps'])
        with reraise_with_filename(results['filename']):
            return super().transform(results)

    def open(self,
             filename: str,
             index: Optional[VideoIndex] = None) -> VideoReader:
        """Open one file."""
        with reraise_with_filename(filename):
            return self._get_video_reader(filename, index)

    def _get_video_reader(self,
                          filename: str,
                          index: Optional[VideoIndex] = None) -> VideoReader:
        if not osp.splitext(filename)[1]:
            filename += '.mp4'
        if self.io_backend != 'disk':
            if self.file_client is None:
                self.file_client = FileClient(self.io_backend, **self.kwargs)
            filename = io.BytesIO(self.file_client.get(filename))
        else:
            filename, = as_on_disk([filename])
        return VideoReader(filename, self.num_threads, index)
