# Copyright (c) mmaction-microaction contributors. All rights reserved.
import asyncio
import os

import pytest

from mmaction_microaction.web.gradio_parts import FileGate
from mmaction_microaction.web.storage import Storage


@pytest.fixture
def ask():
    """A function that gives status and heads of an address."""
    storage = Storage()

    async def app(scope, receive, send):
        await send(dict(type='http.response.start', status=200, headers=[]))
        await send(dict(type='http.response.body', body=b'content'))

    def call(path):
        sent = []

        async def send(message):
            sent.append(message)

        scope = dict(type='http', path=path.format(root=storage.root))
        asyncio.run(FileGate(app, storage)(scope, None, send))
        return sent[0]['status'], dict(sent[0]['headers'])

    os.symlink('/etc', os.path.join(storage.root, 'link'))
    yield call
    storage.close()


@pytest.mark.parametrize('path', [
    '/gradio_api/file=/etc/passwd',
    '/gradio_api/file={root}/../../etc/passwd',
    '/gradio_api/file={root}/link/passwd',
    '/gradio_api/file={root}',
    '/gradio_api/file=',
    '/gradio_api/file=https://example.com/',
    '/gradio_api/file=.gradio/x',
    '/prefix/gradio_api/file=/etc/passwd',
    '/gradio_api/file//etc/passwd',
    '/gradio_api/proxy=https://example.com/',
])
def test_closed(ask, path):
    assert ask(path)[0] == 403


@pytest.mark.parametrize(
    'path', ['/', '/gradio_api/upload', '/gradio_api/file={root}/a/b.mp4'])
def test_open(ask, path):
    status, heads = ask(path)
    assert status == 200
    policy = heads[b'content-security-policy'].decode()
    assert policy.startswith("default-src 'self'") and 'http' not in policy
