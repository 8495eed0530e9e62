# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The page in this process, and what its server gives to whom."""
import gc
import json
import os
import shutil
import socket
import time
import urllib.error
import urllib.request
import uuid
import weakref
from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from mmaction_microaction.web import (Analyser, DemoPage, Limits,
                                      MovementAnalyser, Options, Storage)
from mmaction_microaction.web.page import USER

gradio = pytest.importorskip('gradio')
FILE = '/gradio_api/file='


@pytest.fixture(scope='module')
def page(inferencer, videos, pose_file):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('GRADIO_TEMP_DIR', '')
        patch.setenv('GRADIO_ANALYTICS_ENABLED', '')
        patch.setenv('no_proxy', '*')
        storage = Storage()
        limits = Limits(megabytes=.5, minutes=.1)
        analysers = [
            Analyser(inferencer, limits),
            MovementAnalyser(pose_file, limits)
        ]
        page = DemoPage(analysers, [str(videos / 'good.mp4')], storage)
        page.address = page.launch('127.0.0.1', 0)
        yield page
        page.close()
        assert not os.path.exists(storage.root)


@pytest.fixture
def run(page, videos):
    """A function that puts a video where Gradio puts uploads, unless it is a
    path there, and analyses it for a visitor 'a'."""

    def run(name, progress=lambda done, text: None, title=''):
        if name and os.sep not in name:
            folder = os.path.join(page.storage.root, uuid.uuid4().hex)
            os.mkdir(folder)
            name = shutil.copy(videos / name, folder)
        return page.run(name, Options(), 'a', progress, title)

    return run


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


def test_a_run(page, run, quick):
    status, column, overview, overlay, table, files = run('good.mp4')
    assert not status.strip() and column['visible']
    assert 'good.mp4' in overview and 'Segments' in table
    assert overlay is None  # left out here
    names = {os.path.basename(path) for path in files}
    assert names >= {'good_all.zip', 'good_predictions.json'}
    assert all(page.storage.holds(path) for path in files)
    content = json.loads(ask(page, FILE + files[1])[2])
    assert content['video']['name'] == 'good.mp4'
    sample, = page.samples
    assert run(sample)[1]['visible']
    assert ask(page, FILE + files[0])[0] == 403
    # Samples outlive their visitors.
    page.storage.end('a')
    time.sleep(.01)
    gradio.route_utils.delete_files_created_by_app(page.blocks, age=0)
    assert ask(page, FILE + sample)[0] == 200


def test_movement_can_be_chosen(page, run, quick):
    status, column, overview, *_ = run('nose.mp4', title=list(
        page.analysers)[1])  # yapf: disable
    assert 'Dominant part' in overview and column['visible'], status
    page.storage.end('a')


def test_a_password(inferencer, monkeypatch):
    """And a page without a sample."""
    monkeypatch.setenv('GRADIO_TEMP_DIR', '')
    page = DemoPage([Analyser(inferencer, Limits())], [], Storage())
    try:
        page.address = page.launch('127.0.0.1', 0, 'secret')
        assert ask(page, '/config')[0] == 401
        for word, status in (('guess', 400), ('secret', 200)):
            form = f'username={USER}&password={word}'.encode()
            assert ask(page, '/login', form)[0] == status
    finally:
        page.close()


def test_errors_are_a_line(page, run, monkeypatch):
    status, column, *rest = run('empty.mp4')
    assert 'role="alert"' in status and page.storage.root not in status
    assert 'empty.mp4 is empty (0 bytes)' in status
    assert not column['visible'] and rest == ['', None, '', None]
    assert 'Choose a video' in run(None)[0]
    stopped = run('good.mp4', lambda done, text: page.storage.stop('a'))
    assert 'Stopped' in stopped[0]
    monkeypatch.setattr(page, 'analysers', dict(x=None))
    assert 'Something went wrong' in run('good.mp4')[0]
    page.storage.end('a')
    assert os.listdir(page.storage.samples) == ['good.mp4']
    assert not list(Path(page.storage.root).glob('results-*'))


def test_memory_does_not_wait_for_the_next_collection(page, run, monkeypatch):
    """Figures refer to themselves."""

    def analyse(*args):
        figure = {1}  # sets have no attributes, but weak references
        figures = [figure]
        figures.append(figures)
        kept.append(weakref.ref(figure))
        raise ValueError('no')

    kept = []
    monkeypatch.setattr(page, 'analysers', dict(x=analyse))
    gc.disable()
    try:
        run('good.mp4')
    finally:
        gc.enable()
    assert kept[0]() is None


@pytest.mark.parametrize('path', [
    f'{FILE}/etc/passwd', f'{FILE}ROOT/../../etc/passwd', f'{FILE}ROOT',
    f'{FILE}ROOT/link/passwd', f'{FILE}ROOT-other/x', FILE,
    f'{FILE}https://example.com/', '/gradio_api/file%3D/etc/passwd',
    f'/prefix{FILE}/etc/passwd', '/gradio_api/file//etc/passwd',
    '/gradio_api/proxy=https://example.com/', '/gradio_api/process_recording',
    '/gradio_api/vibe-code', '/gradio_api/runs', '/gradio_api/info',
    '/monitoring/summary'
])
def test_nothing_else_is_readable(page, path):
    link = Path(page.storage.root, 'link')
    if not link.is_symlink():
        link.symlink_to('/etc')
    code, _, body = ask(page, path.replace('ROOT', page.storage.root))
    assert code == 403 and body == b'not served here'


def send(page, name, content, field=b'filename', path='/gradio_api/upload'):
    """An upload by hand; the answer as of :func:`ask`."""
    body = b'--x\r\nContent-Disposition: form-data; name="files"; ' \
        b'%s="%s"\r\n\r\n%s\r\n--x--\r\n' % (field, name, content)
    kind = {'Content-Type': 'multipart/form-data; boundary=x'}
    return ask(page, path, body, **kind)


def test_visitors_with_the_same_video_do_not_share_it(page):
    first, second = (
        json.loads(send(page, b'a.mp4', b'same')[2])[0] for _ in range(2))
    assert first != second
    page.storage.adopt('a', first)
    page.storage.adopt('b', second)
    page.storage.end('a')
    assert not os.path.exists(os.path.dirname(first))
    assert os.path.exists(second)


@pytest.mark.parametrize('path, size', [('upload', 2**21),
                                        ('queue/join', 2**20 + 1)])
def test_what_would_stay_in_memory_is_refused(page, path, size):
    """A form's field is no file: Gradio sets no limit."""
    code = send(page, b'', b'0' * size, b'other', f'/gradio_api/{path}')[0]
    assert code == 413


def test_nothing_is_left_of_an_interrupted_upload(page):
    before = set(os.listdir(page.storage.root))
    host, port = page.address.strip('/').removeprefix('http://').split(':')
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b'POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Type: '
            b'multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n'
            b'\r\n--x\r\nContent-Disposition: form-data; name="files"; '
            b'filename="a.mp4"\r\n\r\n' + bytes(50000))
        end = time.time() + 30
        while set(os.listdir(page.storage.root)) == before:
            assert time.time() < end
            time.sleep(.02)
    while set(os.listdir(page.storage.root)) != before:
        assert time.time() < end
        time.sleep(.02)


def test_too_large_uploads_are_refused(page):
    before, codes = set(os.listdir(page.storage.root)), []
    for name, size in (b'big.mp4', 2**20), (b'../../small.mp4', 9):
        code, _, text = send(page, name, b'0' * size)
        codes.append(code)
        if code == 413:
            assert b'maximum allowed size' in text
            assert set(os.listdir(page.storage.root)) == before
    path, = json.loads(text)
    assert codes == [413, 200] and page.storage.holds(path)


@pytest.mark.parametrize('path', ['https://example.com/a.mp4', '/etc/a.mp4'])
def test_only_uploads_are_taken(page, monkeypatch, path):
    """Whatever is sent to the queue by hand."""
    download = AsyncMock()
    monkeypatch.setattr(gradio.processing_utils,
                        'async_ssrf_protected_download', download)
    config = json.loads(ask(page, '/config')[2])
    number = max(config['dependencies'], key=lambda d: len(d['inputs']))['id']
    file = dict(path=path, meta=dict(_type='gradio.FileData'))
    call = dict(data=[file, .3, None, None], fn_index=number, session_hash='k')
    ask(page, '/gradio_api/queue/join',
        json.dumps(call).encode(), **{'Content-Type': 'application/json'})
    text = ask(page, '/gradio_api/queue/data?session_hash=k')[2]
    assert b'"process_completed"' in text and b'"success":false' in text
    download.assert_not_called()


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


def test_gradio_forgets_pages(page):
    """With the pictures in them, they would fill the memory."""
    state = page.blocks.app.state_holder
    first = state['0']
    for i in range(1, 50):
        assert state[str(i)] is state[str(i)]
    assert len(state.session_data) == 20 and state['0'] is not first
