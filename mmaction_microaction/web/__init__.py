# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""A small page for a browser: video in, result out. Needs the extra ``app``.

``page`` (put together from Gradio's components and ``gradio_parts``),
``analysis`` (one video), ``storage`` (whose files are where), ``gate`` (what
may be read), ``rendering`` (plain HTML), ``samples``.
"""
from .analysis import Analyser, Analysis, Limits, Options, Stopped
from .page import KEEP_MINUTES, DemoPage
from .samples import find_samples, make_samples
from .storage import Storage

__all__ = [
    'Analyser', 'Analysis', 'DemoPage', 'KEEP_MINUTES', 'Limits', 'Options',
    'Stopped', 'Storage', 'find_samples', 'make_samples'
]
