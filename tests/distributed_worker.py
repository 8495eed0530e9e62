# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One rank of tests/test_distributed.py, under torchrun: ROOT OUT.

Takes one gradient on a fixed batch of 4 clips, split over the ranks, with
batch norm frozen and without dropout, and a step of PCAN's head, then trains
and tests by the runner.
"""
import os
import sys
from pathlib import Path

import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dist import all_reduce, get_rank, get_world_size
from mmengine.runner import Runner

from mmaction_microaction.models import PCANHead

REPO = Path(__file__).resolve().parents[1]


def build(root: str, work_dir: str, launcher: str) -> Config:
    cfg = Config.fromfile(str(REPO / 'configs' / 'manet_r50_ma52.py'))
    cfg.model.backbone.update(
        depth=18, base_channels=16, pretrained=None, norm_eval=True)
    cfg.model.cls_head.update(in_channels=128, dropout_ratio=0.)
    for split in ('train', 'val', 'test'):
        loader = cfg[f'{split}_dataloader']
        loader.update(batch_size=1, num_workers=0, persistent_workers=False)
        loader.dataset.update(data_root=root, indices=4)
    cfg.train_cfg.max_epochs = 1
    cfg.optim_wrapper.optimizer.lr = 0.05
    cfg.work_dir, cfg.launcher, cfg.log_level = work_dir, launcher, 'ERROR'
    return cfg


def gradients(runner: Runner) -> dict:
    """Gradients of the whole batch's mean loss."""
    model, rank, world = runner.model, get_rank(), get_world_size()
    model.train()
    generator = torch.Generator().manual_seed(0)
    clips = torch.randn(4, 8, 3, 64, 64, generator=generator)
    mine = slice(rank * 4 // world, (rank + 1) * 4 // world)
    samples = [ActionDataSample() for _ in range(4)]
    for sample, label in zip(samples, (3, 9, 9, 50)):
        sample.set_gt_label(label)
    losses = model(clips[mine], samples[mine], mode='loss')
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    result = {
        k.removeprefix('module.'): p.grad.clone()
        for k, p in model.named_parameters()
    }
    model.zero_grad()
    return result


def calibrated() -> dict:
    """Buffers, and mean loss and gradients over the ranks, of two steps of
    PCAN's head on 64 clips, many of them right."""
    torch.manual_seed(2)
    head = PCANHead(52, (12, 8), dropout_ratio=0.)
    feats = torch.randn(64, 12, 2, 3, 3), torch.randn(64, 8, 8, 3, 3)
    feats = [3 * x + 3 * torch.randn(64, len(x[0]), 1, 1, 1) for x in feats]
    labels = [x[2].argmax(1) for x in head.forward_all(feats)]
    labels = torch.stack(labels).T.flatten()[::2]
    rank, share = get_rank(), 64 // get_world_size()
    mine = slice(rank * share, rank * share + share)
    samples = [ActionDataSample().set_gt_label(int(x)) for x in labels[mine]]
    if rank:  # noise that a seed of its own would give it
        head.fr_rgb.prototypes.normal_()
    for _ in range(2):
        losses = head.loss([x[mine] for x in feats], samples)
        sum(losses.values()).backward()
    found = {k: p.grad for k, p in head.named_parameters()}
    found.update({k: loss.detach() for k, loss in losses.items()})
    for value in found.values():
        all_reduce(value, 'mean')
    return dict(buffers=dict(head.named_buffers()), means=found)


def work(root: str, out: str, ranks: int, rank: int) -> None:
    """Write ``RANKS-RANK.pth``; one rank needs no group."""
    torch.set_num_threads(1)
    cfg = build(root, os.path.join(out, f'work{ranks}'),
                'pytorch' if ranks > 1 else 'none')
    runner = Runner.from_cfg(cfg)
    torch.manual_seed(0)
    for module in runner.model.modules():
        # The same weights for one and for two processes.
        if hasattr(module, 'reset_parameters'):
            module.reset_parameters()
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in runner.model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=0.05)
    result = dict(gradients=gradients(runner), calibrated=calibrated())
    model = getattr(runner.model, 'module', runner.model)
    runner._init_model_weights = lambda: None
    result['initial'] = {k: v.clone() for k, v in model.state_dict().items()}
    runner.train()
    result['trained'] = model.state_dict()
    result['steps'] = runner.iter
    metric = runner.build_evaluator(cfg.test_evaluator).metrics[0]
    counted = []
    cls, compute = type(metric), type(metric).compute_metrics
    cls.compute_metrics = lambda self, results: (counted.append(len(results)),
                                                 compute(self, results))[1]
    result['metrics'] = {k: float(v) for k, v in runner.test().items()}
    result['counted'] = counted
    cls.compute_metrics = compute
    torch.save(result, os.path.join(out, f'{ranks}-{rank}.pth'))


if __name__ == '__main__':
    work(*sys.argv[1:], int(os.environ['WORLD_SIZE']), int(os.environ['RANK']))
