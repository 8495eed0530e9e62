# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Makes small clips that are cheap to read out of a raw data root.

From the inside out: ``recipe`` (size, codec, quality), ``manifest`` (what is
done), ``encode`` (one clip), ``plan`` (what is in a root), ``preparation``.
"""
from .encode import check_encoded, encode_clip
from .manifest import ClipRecord, read_manifest
from .plan import plan_root
from .preparation import FAILURES, MANIFEST, SETTINGS, Preparation
from .recipe import CODECS, Recipe

__all__ = [
    'CODECS', 'ClipRecord', 'FAILURES', 'MANIFEST', 'Preparation', 'Recipe',
    'SETTINGS', 'check_encoded', 'encode_clip', 'plan_root', 'read_manifest'
]
