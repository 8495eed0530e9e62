# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Models to infer with, and steps to train with.

Shapes: N clips, T frames of H x W pixels.
"""
import copy
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, List, Optional, Sequence

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner, load_checkpoint
from torch import Tensor, nn

from benchmarks.report import Target
from mmaction_microaction.models.inference_mode import prepare_for_inference
from mmaction_microaction.models.layers import (use_channels_last,
                                                use_plain_blocks)

#: Name -> which config, and what is done to its model. A new contestant is
#: one entry more.
PLAIN, MANET, TSM = 'plain reference', 'MANet', 'stock TSM-R50'


@dataclass(frozen=True)
class Contestant:
    """A model and how it is run.

    Attributes:
        config (str): ``'manet'`` or ``'tsm'``: key of the configs given.
        change (Callable, optional): Applied to the built model; returns the
            one to use.
        amp (bool): Train with autocast (float16 on CUDA, else bfloat16).
            Defaults to False.
        channels_last (bool): As ``ChannelsLastHook`` does.
            Defaults to False.
    """
    config: str = 'manet'
    change: Callable[[nn.Module], nn.Module] = None
    amp: bool = False
    channels_last: bool = False


def inference_contestants() -> Dict[str, Contestant]:
    """Who infers; the first is the baseline."""
    return {
        f'{PLAIN}, fp32': Contestant(change=use_plain_blocks),
        f'{MANET}, fp32': Contestant(),
        f'{MANET}, channels-last': Contestant(channels_last=True),
        f'{MANET}, prepared': Contestant(change=prepare_for_inference),
        f'{TSM}, fp32': Contestant('tsm'),
    }


INFERENCE_TARGETS = (Target(f'{MANET}, prepared', f'{PLAIN}, fp32', 4,
                            'wall'), )


def training_contestants() -> Dict[str, Contestant]:
    """Who trains; the first is the baseline."""
    contestants = {}
    for amp, precision in ((False, 'fp32'), (True, 'AMP')):
        contestants.update({
            f'{PLAIN}, {precision}':
            Contestant(change=use_plain_blocks, amp=amp),
            f'{MANET}, {precision}':
            Contestant(amp=amp),
            f'{MANET}, {precision}, channels-last':
            Contestant(amp=amp, channels_last=True),
            f'{TSM}, {precision}':
            Contestant('tsm', amp=amp),
            f'{TSM}, {precision}, channels-last':
            Contestant('tsm', amp=amp, channels_last=True),
        })
    return contestants


# Our best against the reference as published; against the host's net, which
# has no gate and runs contiguously, unless given our shift; and against it in
# the same layout.
TRAINING_TARGETS = (
    Target(f'{MANET}, AMP, channels-last', f'{PLAIN}, fp32', 1.8, 'wall'),
    Target(f'{MANET}, AMP, channels-last', f'{TSM}, AMP', 1, 'wall'),
    Target(f'{MANET}, AMP', f'{TSM}, AMP', 1, 'wall'),
    Target(f'{MANET}, AMP, channels-last', f'{TSM}, AMP, channels-last', 1,
           'wall'),
)


def build_model(cfg: Config,
                contestant: Contestant,
                device: str,
                checkpoint: Optional[str] = None) -> nn.Module:
    """Build a contestant's model with the weights of seed 0, or given ones.

    Args:
        cfg (Config): Of its method.
        contestant (Contestant): What to do with it.
        device (str): Where to put it.
        checkpoint (str, optional): MANet's weights. Defaults to None.

    Returns:
        nn.Module: The recogniser.
    """
    model_cfg = copy.deepcopy(cfg.model)
    model_cfg.backbone.pretrained = None
    torch.manual_seed(0)
    model = MODELS.build(model_cfg).to(device)
    if checkpoint and contestant.config == 'manet':
        load_checkpoint(model, checkpoint, map_location='cpu', strict=True)
    if contestant.change is not None:
        model = contestant.change(model)
    if contestant.channels_last:
        use_channels_last(model)
    return model


def random_batch(num_clips: int, shape: Sequence[int]) -> dict:
    """What a data loader would hand over.

    Args:
        num_clips (int): N.
        shape (Sequence[int]): Of one clip: (T, 3, H, W).

    Returns:
        dict: ``inputs``, N uint8 tensors, and their ``data_samples``.
    """
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randint(
        256, (num_clips, *shape), dtype=torch.uint8, generator=generator)
    samples = [ActionDataSample().set_gt_label(i % 52)
               for i in range(num_clips)]  # yapf: disable
    return dict(inputs=list(inputs), data_samples=samples)


def inference(model: nn.Module, batch: dict) -> Callable[[], List[Tensor]]:
    """A call that infers, from pixels to scores.

    Args:
        model (nn.Module): The recogniser.
        batch (dict): See :func:`random_batch`.

    Returns:
        Callable: Returns the scores of every clip, each (K,).
    """
    model.eval()

    def run() -> List[Tensor]:
        with torch.inference_mode():
            data = copy.copy(batch)
            return [s.pred_score for s in model.test_step(data)]

    return run


def training_step(cfg: Config, model: nn.Module, batch: dict,
                  amp: bool) -> Callable[[], dict]:
    """A call that does what the runner does for one batch.

    Pixels to the device, forward, loss, backward, clipping, optimizer.

    Args:
        cfg (Config): Whose optimizer is used.
        model (nn.Module): The recogniser.
        batch (dict): See :func:`random_batch`.
        amp (bool): As ``--amp``.

    Returns:
        Callable: Returns the losses.
    """
    wrapper = copy.deepcopy(cfg.optim_wrapper)
    wrapper.type = 'AmpOptimWrapper' if amp else 'OptimWrapper'
    wrapper = build_optim_wrapper(model, wrapper)
    model.train()
    return lambda: model.train_step(copy.copy(batch), wrapper)


def validation_data(cfg: Config) -> Iterable[dict]:
    """The batches of a config's validation data.

    Args:
        cfg (Config): With ``val_dataloader``.

    Returns:
        Iterable[dict]: Batches as those of :func:`random_batch`.
    """
    loader = copy.deepcopy(cfg.val_dataloader)
    loader.update(num_workers=0, persistent_workers=False)
    return Runner.build_dataloader(loader, seed=0)


def agreement_notes(models: Dict[str, nn.Module], baseline: str,
                    data: Iterable[dict]) -> List[str]:
    """How often the others' first choice is the baseline's.

    Args:
        models (dict[str, nn.Module]): Recognisers by contestant.
        baseline (str): One of them.
        data (Iterable[dict]): Batches.

    Returns:
        list[str]: A sentence for each of the others.
    """
    choices = {name: [] for name in models}
    for batch in data:
        for name, model in models.items():
            scores = torch.stack(inference(model, batch)())
            choices[name] += scores.argmax(1).tolist()
    wanted = choices.pop(baseline)
    return [
        f'{name}: top-1 as that of {baseline} in '
        f'{sum(a == b for a, b in zip(own, wanted))} of {len(wanted)} '
        'validation clips.' for name, own in choices.items()
    ]
