# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Sessions of a planted rule, as numbers."""
from types import SimpleNamespace

import pytest

from mmaction_microaction.emotion import (feature_list, read_sessions,
                                          session_features)
from mmaction_microaction.synthetic import (EMOTION_ACTIONS, generate_sessions,
                                            planted_actions)


@pytest.fixture(scope='session')
def rule():
    return {name: planted_actions(name) for name in EMOTION_ACTIONS}


@pytest.fixture(scope='session')
def sessions_table(tmp_path_factory, rule):
    """12 people, each with a session of each of 4 emotions."""
    return str(generate_sessions(tmp_path_factory.mktemp('emotion'), rule))


@pytest.fixture(scope='session')
def planted(sessions_table):
    """Values, labels, subjects, classes and features of these sessions."""
    sessions = read_sessions(sessions_table)
    classes, features = tuple(EMOTION_ACTIONS), feature_list()
    data = dict(
        values=session_features(sessions, features),
        labels=[classes.index(s.emotion) for s in sessions],
        subjects=[s.subject for s in sessions],
        classes=classes,
        features=features)
    return SimpleNamespace(**data, all=tuple(data.values()))
