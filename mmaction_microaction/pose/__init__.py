# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Poses of people: which points there are, and the files that hold them."""
from .layouts import KeypointLayout

__all__ = ['KeypointLayout']
