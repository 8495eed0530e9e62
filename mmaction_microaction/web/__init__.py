# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A small page for a browser: video in, result out. Needs the extra ``app``.

``page`` (put together from Gradio's components), ``gradio_parts`` (what Gradio
must be told, what may be read), ``analysis`` (one video), ``storage`` (whose
files are where), ``rendering`` (plain HTML).
"""
from .analysis import Analyser, Analysis, Limits, Options, Stopped
from .page import KEEP_MINUTES, DemoPage
from .storage import Storage, find_samples

__all__ = [
    'Analyser', 'Analysis', 'DemoPage', 'KEEP_MINUTES', 'Limits', 'Options',
    'Stopped', 'Storage', 'find_samples'
]
