# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Emotion from the micro-actions of a session.

``sessions`` reads the table of sessions, ``features`` turns segments into
numbers, ``model`` holds a fitted classifier, ``fitting`` fits, calibrates and
explains it, ``cross_validation`` tests it on people it has not seen. What the
result is not stands in ``docs/emotion.md``.
"""
from .cross_validation import CrossValidation, cross_validate, subject_interval
from .features import KINDS, Feature, feature_list, session_features
from .fitting import Evidence, bootstrap_evidence, fit_model
from .model import EmotionModel
from .sessions import Session, describe_empty, read_sessions

__all__ = [
    'CrossValidation', 'EmotionModel', 'Evidence', 'Feature', 'KINDS',
    'Session', 'bootstrap_evidence', 'cross_validate', 'describe_empty',
    'feature_list', 'fit_model', 'read_sessions', 'session_features',
    'subject_interval'
]
