# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Emotion from the micro-actions of a session.

``sessions`` reads, ``features`` counts, ``fitting`` fits and explains,
``cross_validation`` tests on unseen people; ``docs/emotion.md`` states the
limits.
"""
from .cross_validation import CrossValidation, cross_validate, subject_interval
from .features import (KINDS, Feature, feature_list, session_features,
                       taxonomy_of)
from .fitting import STRENGTH, Evidence, bootstrap_evidence, fit_model
from .model import NOTICE, Calibration, EmotionModel, at_edge, fit_calibration
from .sessions import Session, describe_empty, read_sessions

__all__ = [
    'Calibration', 'CrossValidation', 'EmotionModel', 'Evidence', 'Feature',
    'KINDS', 'NOTICE', 'STRENGTH', 'Session', 'at_edge', 'bootstrap_evidence',
    'cross_validate', 'describe_empty', 'feature_list', 'fit_calibration',
    'fit_model', 'read_sessions', 'session_features', 'subject_interval',
    'taxonomy_of'
]
