# Copyright (c) mmaction-microaction contributors. All rights reserved.
import json
import re
import shutil
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from benchmarks.movement import SIZE, make_sample
from mmaction_microaction.formats import read_annotations
from mmaction_microaction.kinematics import MOVEMENT, MovementSettings
from mmaction_microaction.outputs import MOVEMENT_OUTPUTS
from mmaction_microaction.pose import write_pose_file
from mmaction_microaction.results import read_json
from mmaction_microaction.taxonomy import MA52
from mmaction_microaction.utils.video_writer import write_video

TOOL = 'movement.py'


@pytest.fixture(scope='module')
def recording(tmp_path_factory):
    """A video of noise, and the pose of one who touches their nose."""
    folder = tmp_path_factory.mktemp('recording')
    sample = make_sample(MA52.find('touching nose').index, 3)
    total = len(sample.points)
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (total, 96, 80, 3), np.uint8)
    write_video(folder / 'nose.mp4', frames)
    write_pose_file(
        str(folder / 'nose.pkl'), [
            dict(frame_dir='nose', img_shape=SIZE[::-1],
                 keypoint=sample.points[None],
                 keypoint_score=sample.scores[None], source='drawn')
        ])  # yapf: disable
    return folder, sample


@pytest.fixture(scope='module')
def results(recording, tmp_path_factory, load_tool):
    """The folder of all outputs."""
    folder, _ = recording
    out = tmp_path_factory.mktemp('out')
    code = load_tool(TOOL).main([
        str(folder / 'nose.mp4'), '--out',
        str(out), '--pose',
        str(folder / 'nose.pkl')
    ])
    assert code == 0
    return out


def test_outputs(results, recording, load_tool, read_rows):
    folder, (_, sample) = results / 'nose', recording
    files = {x for y in MOVEMENT_OUTPUTS.values() for x in y.files}
    assert files - {'frames.csv'} <= {x.name for x in folder.iterdir()}
    assert load_tool(TOOL).OUTPUTS == tuple(MOVEMENT_OUTPUTS)
    summary = json.loads((folder / 'summary.json').read_text())
    assert summary['dominant_part'] == 'head-hand'
    assert set(summary['amounts']) == set(MA52.groups)
    assert summary['seen']['right hand'] < 1 == summary['seen']['person']
    assert 'not touch' in summary['notes'][0]
    result = read_json(str(folder / 'predictions.json'))
    assert result.taxonomy == MOVEMENT
    assert result.provenance == summary['provenance']
    assert result.provenance['data']['video'] == 'nose.mp4'
    contact, = (s for s in result.segments if s.label.name == 'hand to head')
    (kind, start, end), = sample.contacts
    assert kind == contact.label.name
    assert contact.start == pytest.approx(start, abs=.35)
    assert contact.end == pytest.approx(end, abs=.35)
    rows = read_rows(folder / 'curves.csv')
    assert len(rows) == len(sample.points)
    middle = rows[len(rows) // 2]
    assert 'hand to head' in (middle['right hand at'], middle['left hand at'])
    assert rows[0]['head'] == '' and float(middle['head']) >= 0
    table = read_rows(results / 'summary.csv')
    row, = (x for x in table if x['name'] == 'hand to head')
    assert row['count'] == '1' and row['session'] == 'nose'
    assert float(row['first']) == pytest.approx(contact.start, abs=.001)
    assert float(row['share']) == pytest.approx(
        contact.duration / result.video.duration, abs=.001)


def test_report_says_what_was_measured_and_seen(results):
    page = (results / 'nose/report.html').read_text()
    text = re.sub('<[^>]+>', '', page)
    assert 'Distance in the picture is not touch' in text
    assert 'Dominant part: head-hand' in text
    seen = re.search('Seen, share of frames: person 100.0 %(.*)', text)[1]
    assert 'right hand' in seen and 'right fingers' in seen
    assert 'by 0.02 scales or more, 0.8 to 5.0 times a second' in text
    assert "a model's guesses" not in text
    assert page.count('data:image/png') == 1


def test_written_files_compare_with_own_coding(results, load_tool, capsys):
    """Ours against our own file, in which one episode was moved."""
    folder = results / 'nose'
    own = folder.parent / 'own.eaf'
    shutil.copy(folder / 'segments.eaf', own)
    tree = ET.parse(own)
    slots = tree.findall('.//TIME_SLOT')
    slots[0].set('TIME_VALUE', '10')
    tree.write(own)
    ours = read_annotations(
        str(folder / 'predictions.json'), taxonomy=MOVEMENT)
    assert ours.segments
    table = folder.parent / 'agreement.csv'
    tool = load_tool('analysis_tools/compare_annotations.py')
    for file in ('segments.eaf', 'segments.xlsx', 'segments.vtt',
                 'segments.csv'):
        code = tool.main(
            [str(folder / 'predictions.json'),
             str(folder / file)])
        assert code == 0
        row, = (x for x in capsys.readouterr().out.splitlines()
                if 'head-hand' in x)  # yapf: disable
        assert '1.000' in row and '100.0' in row
    code = tool.main([str(own), str(folder / 'segments.eaf'), '--taxonomy',
                      'movement', '--csv', str(table)])  # yapf: disable
    assert code == 0 and 'kappa' in table.read_text()


def test_finished_videos_and_settings(results, recording, load_tool, capsys):
    folder, _ = recording
    call = [str(folder / 'nose.mp4'), '--out', str(results), '--pose',
            str(folder / 'nose.pkl')]  # yapf: disable
    tool = load_tool(TOOL)
    stamp = (results / 'nose/predictions.json').stat().st_mtime_ns
    assert tool.main(call) == 0
    assert 'done before: 1 of 1' in capsys.readouterr().err
    assert (results / 'nose/predictions.json').stat().st_mtime_ns == stamp
    assert tool.parse_settings(['cutoff=4']) == MovementSettings(cutoff=4.)
    for word in ('cutof=4', 'cutoff=a', 'cutoff'):
        assert tool.main([*call, '--set', word]) == 2
        assert 'expected NAME=NUMBER' in capsys.readouterr().err
    assert tool.main([*call, '--set', 'cutoff=-1']) == 2
    assert 'must be a positive number' in capsys.readouterr().err
