# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Fixtures that several tools' tests share."""
import pytest


@pytest.fixture(scope='session')
def manet_files(small_method, tmp_path_factory):
    """Config file and checkpoint of a small MANet for 32 x 32 pixels."""
    small = small_method('manet_r50')
    path = tmp_path_factory.mktemp('manet') / 'manet_tiny.py'
    small.cfg.dump(str(path))
    return str(path), small.checkpoint


@pytest.fixture
def one_line():
    """A function that checks what a tool says of a user's error."""

    def check(done, message, code=2):
        line, = done.err.strip().splitlines()
        assert done.code == code, done
        assert '.py: error: ' in line and message in line

    return check
