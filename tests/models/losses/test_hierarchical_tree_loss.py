# Copyright (c) mmaction-microaction contributors. All rights reserved.
import math

import pytest
import torch

from mmaction_microaction.models import HierarchicalTreeLoss
from mmaction_microaction.taxonomy import MA52


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


@pytest.mark.parametrize('name', ['ma52', 'five'])
def test_equals_a_loop_over_the_nodes(name, five):
    taxonomy = MA52 if name == 'ma52' else five
    k, g, n = taxonomy.num_classes, taxonomy.num_groups, 6
    logits, groups = torch.randn(n, k).double(), torch.randn(n, g).double()
    labels = torch.randint(k, (n, ))
    total = 0
    for i in range(n):
        nodes = [sigmoid(groups[i, b]) for b in range(g)]
        nodes += [
            sigmoid(logits[i, a]) + nodes[taxonomy.group_of[a]]
            for a in range(k)
        ]
        total += math.log(sum(map(math.exp, nodes))) - nodes[g + labels[i]]
    loss = HierarchicalTreeLoss(taxonomy, loss_weight=0.5)
    assert not loss.state_dict()  # of the config, not of the checkpoint
    found = loss(logits, groups, labels)
    assert found.item() == pytest.approx(0.5 * total / n, rel=1e-9)


def test_start_and_floors():
    """4.030 at zero logits; the best that each body part allows."""
    loss = HierarchicalTreeLoss()
    firsts = torch.tensor(
        [part[0].index for part in map(MA52.members, range(7))])
    for labels in (firsts, firsts[:1]):
        n = len(labels)
        start = loss(torch.zeros(n, 52), torch.zeros(n, 7), labels)
        assert start.item() == pytest.approx(4.030, abs=5e-4)
    floors = [2.304, 2.327, 2.474, 2.371, 2.327, 2.414, 2.280]
    for group, (label, floor) in enumerate(zip(firsts, floors)):
        logits, groups = torch.full((1, 52), -99.), torch.full((1, 7), -99.)
        logits[0, label] = groups[0, group] = 99.
        found = loss(logits.half(), groups.bfloat16(), label[None])
        assert found.dtype == torch.float32
        assert found.item() == pytest.approx(floor, abs=5e-4)
