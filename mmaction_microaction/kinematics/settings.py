# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Every threshold of the measurements. Unit of length is the body scale, the
width of the shoulders (about 0.4 m of an adult)."""
from dataclasses import dataclass, fields

from mmaction_microaction.utils.errors import UserError


@dataclass(frozen=True)
class MovementSettings:
    """Thresholds, each with its unit and reason; UserError unless they are
    positive numbers."""
    #: Score, 0 to 1, from which on a point counts as seen: the default of
    #: OpenPose's and our drawings.
    min_score: float = .3
    #: Hz, cut-off of the zero-phase Butterworth filter. Head and trunk move
    #: below 5 Hz; the tremor of estimated points is above.
    cutoff: float = 6.
    #: Seconds; a longer gap in a point stays a gap. At 0.2 s and below 6 Hz,
    #: a straight line still holds most of a movement.
    max_gap: float = .2
    #: Seconds for which a lost hand is taken to hold its place at the wrist.
    max_hand_gap: float = .6
    #: Body scales per second, above the noise of the points: speed at which a
    #: movement of the part begins; it ends below ``stay`` times that. About
    #: 4 cm/s of a head that nods slightly, 12 cm/s of a limb.
    head_speed: float = .1
    trunk_speed: float = .12
    arm_speed: float = .35
    hand_speed: float = .3
    leg_speed: float = .4
    stay: float = .5
    #: Seconds at the beginning that do not count where parts are compared: an
    #: estimator that smooths over time has not settled.
    settle: float = .15
    #: Amount of movement, 1 for much, below which no part is dominant.
    least: float = .04
    #: Seconds over which speeds are averaged (root mean square), about half a
    #: cycle of a nod: between two strokes a movement has not ended.
    window: float = .3
    #: Seconds: shorter episodes are left out, shorter pauses closed.
    min_duration: float = .2
    max_pause: float = .25
    #: Body scales: swing of the head's proxies from which on half a cycle
    #: counts (a nod of about 3 degrees), and Hz that cycles may have.
    min_swing: float = .02
    min_rate: float = .8
    max_rate: float = 5.
    #: Body scales: lasting change of the trunk's axis, of the width of the
    #: shoulders, and of the hips' height from which on posture has changed.
    lean: float = .25
    turn: float = .2
    rise: float = .25
    #: Body scales: half thickness of what is touched, half a hand included.
    head_reach: float = .07
    neck_reach: float = .2
    trunk_reach: float = .1
    arm_reach: float = .16
    waist_reach: float = .2
    hand_reach: float = .32
    leg_reach: float = .25
    #: Body scales by which a hand may move off before a contact ends.
    release: float = .1
    #: Body scales per second, averaged over ``window``: a faster hand passes
    #: by. An arm that is raised reaches 3 or more at its middle.
    pass_speed: float = 2.
    #: The same in the lap, where hands pass on their way from and to rest.
    lap_speed: float = .7
    #: Body scales: turn of a forearm (its wrist, seen from the elbow) below
    #: which a hand has not come to the chest or a thigh, nor strokes it: one
    #: that is held before the chest, or is carried by the trunk, turns less.
    min_turn: float = .15
    #: Body scales that elbows move by where hands come to the waist or leave
    #: it, and seconds before and after the episode in which they do.
    min_raise: float = .2
    approach: float = .4
    #: Body scales: how far a hand must be from where it rests most of the
    #: time, for its place in the lap to be an episode.
    rest_radius: float = .2

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, (int, float)) or not 0 < value < 1e3:
                raise UserError(f'{field.name} must be a positive number, but '
                                f'got {value!r}')
