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


def test_what_moves_where(drawing):
    still = drawing.draw({}).astype(int)

    def check(place, share, least, units='', **options):
        active = parse_units(units) if units else {}
        amount = np.abs(drawing.draw(active, **options) - still).sum(-1)
        assert amount[place].sum() > max(share * amount.sum(), least)

    for units, *rows in ((1, 8, 24), (4, 8, 30), (5, 22, 34), (9, 14, 50),
                         (12, 30, 58), (17, 40, 62)):
        check(slice(*rows), .9, 300, units)
    # The person's left is right in the picture.
    check(np.s_[:, 32:], 20 / 21, 150, 'L7')
    check(np.s_[:, :32], 20 / 21, 150, 'R7')
    check(np.s_[20:38], .95, 300, closed=1.)
    check(np.s_[20:38], .95, 300, gaze=(.05, 0))
    moved = drawing.draw({}, shift=(3, 0))
    assert np.abs(moved[:, 3:] - still[:, :-3]).mean() < 1.5


def test_geometry_follows_the_coding_system():
    face = Face(np.random.default_rng(0))

    def place(units):
        return features(face, parse_units(units))

    def height(curve):
        return np.ptp(curve[:, 1])

    still = features(face, {})
    # y points down. Brows up and down, at the inner and the outer end.
    rest, *moved = (
        np.concatenate(
            [x[np.abs(x[:, 0]).argsort()[[0, -1]], 1] for x in marks.brows])
        for marks in (still, *map(place, '124')))
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


def test_curves_and_units_as_text():
    points = np.array([(0, 0), (1, 2), (3, 1), (4, 4.)])
    for closed in (False, True):
        assert np.allclose(curve(points, closed, steps=5)[::5], points)
    assert parse_units('4+L7+R12') == {4: (1, 1), 7: (0, 1), 12: (1, 0)}
    assert parse_units(4) == {4: (1, 1)}
    for wrong in ('', '99', '4+', 'X4', 'happy'):
        with pytest.raises(ValueError, match='4\\+L7\\+12'):
            parse_units(wrong)
