# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Models to infer with, and steps to train with.

Shapes: N clips, T frames of H x W pixels.
"""
import copy
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.runner import Runner, load_checkpoint
from torch import Tensor, nn

from benchmarks.report import Target
from mmaction_microaction.models.inference_optimization import \
    prepare_for_inference
from mmaction_microaction.models.layers import (use_channels_last,
                                                use_plain_blocks)

PLAIN, MANET, TSM = 'plain reference', 'MANet', 'stock TSM-R50'


class Contestant(NamedTuple):
    """A model and how it is run: key of the configs given; what is done to
    the built model; ``'fp32'``, ``'TF32'`` (fp32 with CUDA's short products)
    or ``'AMP'`` (float16 on CUDA, else bfloat16); memory layout."""
    config: str = 'manet'
    change: Optional[Callable[[nn.Module], nn.Module]] = None
    precision: str = 'fp32'
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


def training_contestants(cuda: bool = False) -> Dict[str, Contestant]:
    """Who trains; the first is the baseline: as PyTorch does by default."""
    contestants = {}
    for precision in ('TF32', 'fp32', 'AMP') if cuda else ('fp32', 'AMP'):
        contestants[f'{PLAIN}, {precision}'] = Contestant(
            change=use_plain_blocks, precision=precision)
        for last in (False, True):
            layout = ', channels-last' if last else ''
            for name, config in ((MANET, 'manet'), (TSM, 'tsm')):
                contestants[f'{name}, {precision}{layout}'] = Contestant(
                    config, None, precision, last)
    return contestants


# Our best against the reference as published; against the host's net, which
# has no gate and runs contiguously, unless given our shift; and against it in
# the same layout and precision.
TRAINING_TARGETS = (
    Target(f'{MANET}, AMP, channels-last', f'{PLAIN}, TF32', 1.8, 'wall'),
    Target(f'{MANET}, AMP, channels-last', f'{PLAIN}, fp32', 1.8, 'wall'),
    Target(f'{MANET}, AMP, channels-last', f'{TSM}, AMP', 1, 'wall'),
    *(Target(f'{MANET}, {precision}{layout}', f'{TSM}, {precision}{layout}', 1,
             'wall') for precision in ('fp32', 'TF32', 'AMP')
      for layout in ('', ', channels-last')),
)


def build_model(cfg: Config,
                contestant: Contestant,
                device: str,
                checkpoint: Optional[str] = None) -> nn.Module:
    """A contestant's model with the weights of seed 0, or MANet's own."""
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


def random_batch(num_clips: int, shape: tuple) -> dict:
    """What a data loader would hand over: N uint8 clips (T, 3, H, W)."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randint(
        256, (num_clips, *shape), dtype=torch.uint8, generator=generator)
    samples = [ActionDataSample().set_gt_label(i % 52)
               for i in range(num_clips)]  # yapf: disable
    return dict(inputs=list(inputs), data_samples=samples)


def inference(model: nn.Module, batch: dict) -> Callable[[], List[Tensor]]:
    """A call that infers, from pixels to the scores (K,) of every clip."""
    model.eval()

    def run() -> List[Tensor]:
        with torch.inference_mode():
            data = copy.copy(batch)
            return [s.pred_score for s in model.test_step(data)]

    return run


def batch_step(cfg: Config, model: nn.Module,
               precision: str) -> Callable[[dict], dict]:
    """What the runner does for a batch: pixels to the device, forward, loss,
    backward, clipping, optimizer."""
    wrapper = copy.deepcopy(cfg.optim_wrapper)
    wrapper.type = f'{"Amp" if precision == "AMP" else ""}OptimWrapper'
    wrapper = build_optim_wrapper(model, wrapper)
    model.train()

    def run(batch: dict) -> dict:
        short = precision != 'fp32'
        torch.backends.cudnn.allow_tf32 = short
        torch.backends.cuda.matmul.allow_tf32 = short
        return model.train_step(copy.copy(batch), wrapper)

    return run


def training_step(cfg: Config, model: nn.Module, batch: dict,
                  precision: str) -> Callable[[], dict]:
    """A call that trains on the same batch."""
    step = batch_step(cfg, model, precision)
    return lambda: step(batch)


def fitting_batch(step: Callable[[int], Callable], device: str) -> int:
    """Clips that fill the card to 75 %, by the memory of steps of 4 and 8.

    ``step``: clips -> what to call, of the contestant that needs most.
    """
    peaks = []
    for clips in (4, 8):
        call = step(clips)
        call()
        torch.cuda.reset_peak_memory_stats(device)
        call()
        peaks.append(torch.cuda.max_memory_allocated(device))
    total = torch.cuda.get_device_properties(device).total_memory
    room = 0.75 * total - peaks[1]
    return 8 + int(room / ((peaks[1] - peaks[0]) / 4)) // 8 * 8


def validation_data(cfg: Config) -> Iterable[dict]:
    """The batches of a config's validation data."""
    loader = copy.deepcopy(cfg.val_dataloader)
    loader.update(num_workers=0, persistent_workers=False)
    return Runner.build_dataloader(loader, seed=0)


def agreement_notes(models: Dict[str, nn.Module], baseline: str,
                    data: Iterable[dict]) -> List[str]:
    """How often the others' first choice is the baseline's, a sentence for
    each."""
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
