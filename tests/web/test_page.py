# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The page in this process, and what its server gives to whom."""
import json
import os
import shutil
import time
import urllib.error
import urllib.request
import uuid
from functools import partial
from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from mmaction_microaction.web import (Analyser, DemoPage, Limits, Options,
                                      Storage)

gradio = pytest.importorskip('gradio')


@pytest.fixture(scope='module')
def page(inferencer, videos):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('GRADIO_TEMP_DIR', '')
        patch.setenv('GRADIO_ANALYTICS_ENABLED', '')
        patch.setenv('no_proxy', '*')
        storage = Storage()
        analyser = Analyser(inferencer, Limits(megabytes=.5, minutes=.1))
        page = DemoPage(analyser, [str(videos / 'good.mp4')], storage)
        page.address = page.launch('127.0.0.1', 0)
        yield page
        page.close()
        assert not os.path.exists(storage.root)


@pytest.fixture
def upload(page, videos):
    """A function that puts a video where Gradio puts uploads."""

    def call(name):
        folder = os.path.join(page.storage.root, uuid.uuid4().hex)
        os.mkdir(folder)
        return shutil.copy(videos / name, folder)

    return call


def run(page, video, visitor='a', progress=lambda done, text: None):
    return page.run(video, Options(), visitor, progress)


def ask(page, path, data=None, **headers):
    """Status, heads and body."""
    request = urllib.request.Request(
        page.address.rstrip('/') + path, data, headers)
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers, answer.read()


def test_a_run(page, upload, quick):
    video = upload('good.mp4')
    status, column, overview, overlay, table, files = run(page, video)
    assert not status.strip() and column['visible']
    assert 'good.mp4' in overview and 'Segments' in table
    assert overlay is None  # left out here
    names = {os.path.basename(path) for path in files}
    assert names >= {'predictions.json', 'segments.csv', 'segments.vtt'}
    assert all(page.storage.holds(path) for path in files)
    body = ask(page, f'/gradio_api/file={files[0]}')[2]
    assert json.loads(body)['video']['name'] == 'good.mp4'
    run(page, video)
    assert not os.path.exists(files[0]) and os.path.exists(video)
    page.storage.end('a')
    assert not os.path.exists(video)
    assert ask(page, f'/gradio_api/file={files[0]}')[0] == 403


def test_errors_are_a_line(page, upload, monkeypatch):
    status, column, *rest = run(page, upload('empty.mp4'))
    assert 'role="alert"' in status and page.storage.root not in status
    assert 'empty.mp4 is empty (0 bytes)' in status
    assert not column['visible'] and rest == ['', None, '', None]
    assert 'Choose a video' in run(page, None)[0]

    def stop(done, text):
        page.storage.stop('a')

    assert 'Stopped' in run(page, upload('good.mp4'), progress=stop)[0]
    monkeypatch.setattr(page, 'analyser', None)
    assert 'Something went wrong' in run(page, upload('good.mp4'))[0]
    page.storage.end('a')
    assert not list(Path(page.storage.root).glob('results-*'))


@pytest.mark.parametrize('path', [
    '/gradio_api/file=/etc/passwd', '/gradio_api/file={root}/../../etc/passwd',
    '/gradio_api/file={root}', '/gradio_api/file={root}/link/passwd',
    '/gradio_api/file={root}-other/x', '/gradio_api/file={root}/../x',
    '/gradio_api/file=', '/gradio_api/file=https://example.com/',
    '/gradio_api/file%3D/etc/passwd', '/prefix/gradio_api/file=/etc/passwd',
    '/gradio_api/file//etc/passwd', '/gradio_api/proxy=https://example.com/'
])
def test_nothing_else_is_readable(page, path):
    link = Path(page.storage.root, 'link')
    if not link.is_symlink():
        link.symlink_to('/etc')
    code, _, body = ask(page, path.format(root=page.storage.root))
    assert code == 403 and body == b'not served here'


def test_too_large_uploads_are_refused(page):
    body = (b'--x\r\nContent-Disposition: form-data; name="files"; '
            b'filename="%s"\r\n\r\n' + b'0' * 10 + b'%s\r\n--x--\r\n')
    kind = {'Content-Type': 'multipart/form-data; boundary=x'}
    upload = partial(ask, page, '/gradio_api/upload', **kind)
    before = set(os.listdir(page.storage.root))
    code, _, text = upload(data=body % (b'big.mp4', b'0' * 2**20))
    assert code == 413 and b'maximum allowed size' in text
    assert set(os.listdir(page.storage.root)) == before
    code, _, text = upload(data=body % (b'../../small.mp4', b''))
    path, = json.loads(text)
    assert code == 200 and page.storage.holds(path)
    os.remove(path)


@pytest.mark.parametrize('path', ['https://example.com/a.mp4', '/etc/a.mp4'])
def test_only_uploads_are_taken(page, monkeypatch, path):
    """Whatever is sent to the queue by hand."""
    download = AsyncMock()
    monkeypatch.setattr(gradio.processing_utils,
                        'async_ssrf_protected_download', download)
    config = json.loads(ask(page, '/config')[2])
    number = max(config['dependencies'], key=lambda d: len(d['inputs']))['id']
    file = dict(path=path, meta=dict(_type='gradio.FileData'))
    key = uuid.uuid4().hex
    call = dict(data=[file, .3, None, None], fn_index=number, session_hash=key)
    ask(page, '/gradio_api/queue/join',
        json.dumps(call).encode(), **{'Content-Type': 'application/json'})
    text = ask(page, f'/gradio_api/queue/data?session_hash={key}')[2]
    assert b'"process_completed"' in text and b'"success":false' in text
    download.assert_not_called()


def test_samples_outlive_their_visitors(page, quick):
    sample, = page.samples
    assert run(page, sample)[1]['visible']
    page.storage.end('a')
    time.sleep(.01)
    gradio.route_utils.delete_files_created_by_app(page.blocks, age=0)
    assert ask(page, f'/gradio_api/file={sample}')[0] == 200


def test_gradio_keeps_to_itself(page):
    config = json.loads(ask(page, '/config')[2])
    assert not config['analytics_enabled'] and not page.blocks.share
    kinds = {event['api_visibility'] for event in config['dependencies']}
    assert kinds == {'private'}
    policy = ask(page, '/')[1]['content-security-policy']
    assert policy.startswith("default-src 'self'") and 'http' not in policy
    for path in ('/', '/theme.css'):
        code, _, text = ask(page, path)
        assert code == 200 and b'googleapis' not in text
    run = max(page.blocks.fns.values(), key=lambda fn: len(fn.inputs))
    assert run.queue and run.concurrency_limit == 1  # one at a time
