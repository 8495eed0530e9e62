# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Old names for :data:`~mmaction_microaction.taxonomy.MA52`; going away."""
from mmaction_microaction.taxonomy import MA52, Label

MicroAction = Label
ACTIONS, ACTION_NAMES, NUM_ACTIONS = MA52.labels, MA52.names, MA52.num_classes
BODY_NAMES, NUM_BODIES = MA52.groups, MA52.num_groups
BODY_COLOURS, ACTION_TO_BODY = MA52.colours, MA52.group_index
TIME_REVERSED_PAIRS = MA52.reversed_pairs
get_action, actions_of_body = MA52.find, MA52.members
body_scores = MA52.group_scores
