# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.faces import FaceDrawing
from mmaction_microaction.synthetic.faces_geometry import (Face, curve,
                                                           features,
                                                           parse_units)


@pytest.fixture(scope='module')
def drawing():
    return FaceDrawing(Face(np.random.default_rng(1)), 64)


@pytest.mark.parametrize(
    'units, options, place, least, share',
    [
        ('1', {}, np.s_[8:24], 300, .9),
        ('4', {}, np.s_[8:30], 300, .9),
        ('5', {}, np.s_[22:34], 300, .9),
        ('9', {}, np.s_[14:50], 300, .9),
        ('12', {}, np.s_[30:58], 300, .9),
        ('17', {}, np.s_[40:62], 300, .9),
        # The person's left is right in the picture.
        ('L7', {}, np.s_[:, 32:], 150, 20 / 21),
        ('R7', {}, np.s_[:, :32], 150, 20 / 21),
        (None, dict(closed=1.), np.s_[20:38], 300, .95),
        (None, dict(gaze=(.05, 0)), np.s_[20:38], 300, .95)
    ])
def test_what_moves_where(drawing, units, options, place, least, share):
    active = parse_units(units) if units else {}
    moved = drawing.draw(active, **options).astype(int)
    amount = np.abs(moved - drawing.draw({}))
    assert amount[place].sum() > max(share * amount.sum(), least)


def test_geometry_follows_the_coding_system():
    face = Face(np.random.default_rng(0))

    def place(units):
        return features(face, parse_units(units))

    def height(curve):
        return np.ptp(curve[:, 1])

    still = features(face, {})
    # y points down. Brows up and down, at the inner and the outer end.
    rest, *moved = (
        np.concatenate([
            brow[[np.abs(brow[:, 0]).argmin(
            ), np.abs(brow[:, 0]).argmax()], 1] for brow in marks.brows
        ]) for marks in (still, *map(place, '124')))
    one, two, four = moved - rest
    assert one[::2].max() < -.05 and one[1::2] == pytest.approx([0, 0])
    assert two[1::2].max() < -.05 and four[::2].min() > .05
    for narrow, eye, wide in zip(place('7').eyes, still.eyes, place('5').eyes):
        assert height(narrow) < height(eye) < height(wide)
    corner = still.mouth_line[0]
    up, down, wide = (place(x).mouth_line[0] for x in ('12', '15', '20'))
    assert up[1] < corner[1] < down[1] and wide[0] < corner[0]
    assert height(still.gap) < height(place('25').gap)
    assert height(place('24').lower_lip) < height(still.lower_lip)


def test_people_differ_and_are_the_same_again(drawing):
    still, again, other, third = (
        FaceDrawing(Face(np.random.default_rng(seed)), 64).draw({}).astype(int)
        for seed in (1, 1, 0, 2))
    assert (still == again).all()
    assert min(np.abs(still - x).mean() for x in (other, third)) > 8
    moved = drawing.draw({}, shift=(3, 0))
    assert np.abs(moved[:, 3:] - still[:, :-3]).mean() < 1.5


def test_curves_and_units_as_text():
    points = np.array([(0, 0), (1, 2), (3, 1), (4, 4.)])
    for closed in (False, True):
        assert np.allclose(curve(points, closed, steps=5)[::5], points)
    assert parse_units('4+L7+R12') == {4: (1, 1), 7: (0, 1), 12: (1, 0)}
    assert parse_units(4) == {4: (1, 1)}
    for wrong in ('', '99', '4+', 'X4', 'happy'):
        with pytest.raises(ValueError, match='4\\+L7\\+12'):
            parse_units(wrong)
