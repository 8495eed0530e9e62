# Copyright (c) mmaction-microaction contributors. All rights reserved.
from .results import SCHEMA_VERSION, Segment, VideoInfo, VideoResult

__all__ = ['SCHEMA_VERSION', 'Segment', 'VideoInfo', 'VideoResult']
