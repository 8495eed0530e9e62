# Copyright (c) mmaction-microaction contributors. All rights reserved.
import numpy as np
import pytest

from mmaction_microaction.synthetic.faces import FaceDrawing
from mmaction_microaction.synthetic.faces_geometry import (curve, features,
                                                           make_face,
                                                           parse_units)


@pytest.fixture(scope='module')
def drawing():
    return FaceDrawing(make_face(np.random.default_rng(1)), 64)


def change(drawing, units):
    """(64, 64) how much a picture differs from the neutral face."""
    still, moved = drawing.draw({}), drawing.draw(parse_units(units))
    return np.abs(moved.astype(int) - still).sum(-1)


@pytest.mark.parametrize('units, rows', [('1', (8, 24)), ('2', (8, 24)),
                                         ('4', (8, 30)), ('5', (22, 34)),
                                         ('7', (22, 38)), ('9', (14, 50)),
                                         ('12', (30, 58)), ('15', (40, 60)),
                                         ('17', (40, 62)), ('24', (40, 60)),
                                         ('25', (40, 60))])
def test_units_move_their_own_part_of_the_face(drawing, units, rows):
    amount = change(drawing, units)
    assert amount.sum() > 300
    assert amount[slice(*rows)].sum() > .9 * amount.sum()


def test_one_side_alone(drawing):
    # The person's left is right in the picture.
    for units, own, other in (('L7', np.s_[:, 32:], np.s_[:, :32]),
                              ('R7', np.s_[:, :32], np.s_[:, 32:])):
        amount = change(drawing, units)
        assert amount[own].sum() > 150
        assert amount[own].sum() > 20 * amount[other].sum()


def test_geometry_follows_the_coding_system():
    face = make_face(np.random.default_rng(0))

    def place(units):
        return features(face, parse_units(units) if units else {})

    still = place('')
    # y points down. Brows up and down, at the inner and the outer end.
    inner, outer = np.argmin, np.argmax
    for i in range(2):

        def end(marks, which):
            x = np.abs(marks.brows[i][:, 0])
            return marks.brows[i][which(x), 1]

        assert end(place('1'), inner) < end(still, inner) - .05
        assert end(place('1'), outer) == pytest.approx(end(still, outer))
        assert end(place('2'), outer) < end(still, outer) - .05
        assert end(place('4'), inner) > end(still, inner) + .05
        assert np.ptp(place('7').eyes[i][:, 1]) < np.ptp(still.eyes[i][:, 1])
        assert np.ptp(place('5').eyes[i][:, 1]) > np.ptp(still.eyes[i][:, 1])
    corner = still.mouth_line[0]
    up, down, wide = (place(x).mouth_line[0] for x in ('12', '15', '20'))
    assert up[1] < corner[1] < down[1] and wide[0] < corner[0]
    assert np.ptp(still.gap[:, 1]) < np.ptp(place('25').gap[:, 1])
    assert np.ptp(place('24').lower_lip[:, 1]) < np.ptp(still.lower_lip[:, 1])


def test_people_differ_and_are_the_same_again():
    pictures = [
        FaceDrawing(make_face(np.random.default_rng(seed)), 48).draw({})
        for seed in (0, 0, 1, 2)
    ]
    assert np.array_equal(pictures[0], pictures[1])
    for other in pictures[2:]:
        assert np.abs(pictures[0].astype(int) - other).mean() > 8


def test_shift_blink_and_gaze(drawing):
    still = drawing.draw({}).astype(int)
    moved = drawing.draw({}, shift=(3, 0)).astype(int)
    assert np.abs(moved[:, 3:] - still[:, :-3]).mean() < 1.5
    for options in (dict(closed=1.), dict(gaze=(.05, 0))):
        amount = np.abs(drawing.draw({}, **options).astype(int) - still)
        assert amount.sum() > 300
        assert amount[20:38].sum() > .95 * amount.sum()


def test_curve_goes_through_its_points():
    points = np.array([(0, 0), (1, 2), (3, 1), (4, 4.)])
    assert np.allclose(curve(points, steps=5)[::5], points)
    assert np.allclose(curve(points, closed=True, steps=5)[::5], points)


def test_units_as_text():
    assert parse_units('4+L7+R12') == {4: (1, 1), 7: (0, 1), 12: (1, 0)}
    assert parse_units(4) == {4: (1, 1)}
    for wrong in ('', '99', '4+', 'X4', 'happy'):
        with pytest.raises(ValueError, match='4\\+L7\\+12'):
            parse_units(wrong)
