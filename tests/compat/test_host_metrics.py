# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Each metric, loss and localizer that the host registers runs on a minimal
input, the metrics to values that can be told by hand."""
from multiprocessing.pool import ThreadPool

import mmengine
import numpy as np
import pytest
import torch
from mmaction.registry import METRICS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from torch import tensor

SCORES = tensor([[.7, .2, .1], [.2, .3, .5]])
PICKED = [
    dict(pred_score=score, gt_label=tensor([label]))
    for score, label in zip(SCORES, (0, 1))
]
MANY = [dict(pred_score=s, gt_label=(s == s.max()).float()) for s in SCORES]
FEATURES = [
    dict(features=dict(video_feature=row, text_feature=row))
    for row in torch.eye(3)
]
SAMPLE = dict(video_name='v_1', duration_second=10, duration_frame=160)


def boxes(timestamp: int, label: int) -> dict:
    """A person's action at one time of a video, ever less certain."""
    instances = dict(
        bboxes=tensor([[.1, .1, .5, .5]]),
        scores=torch.eye(3)[[label]] * (1 - timestamp / 100))
    return dict(video_id='v', timestamp=timestamp, pred_instances=instances)


def ava(folder) -> dict:
    labels, truth = folder / 'labels.txt', folder / 'gt.csv'
    labels.write_text('  name: "a"\n  id: 1\n  name: "b"\n  id: 2\n')
    truth.write_text('v,0001,.1,.1,.5,.5,1\nv,0002,.6,.6,.9,.9,1\n')
    return dict(
        ann_file=truth, exclude_file=None, label_file=labels, num_classes=3)


def sports(folder) -> dict:
    """20 frames, the action in all but the first two."""
    tube = np.array([[i, 10, 10, 50, 50] for i in range(3, 21)], float)
    truth = dict(
        test_videos=[['v']],
        nframes=dict(v=20),
        resolution=dict(v=(100, 100)),
        labels=['a', 'b', 'c'],
        gttubes=dict(v={0: [tube]}))
    mmengine.dump(truth, folder / 'gt.pkl')
    return dict(ann_file=folder / 'gt.pkl', verbose=False)


def proposals() -> tuple:
    """100 spans of a second, the best of which is the true one."""
    note = [dict(segment=[0., 1.], label='x')]
    sample = ActionDataSample(metainfo=dict(SAMPLE, annotations=note))
    spans = [dict(segment=[i, i + 1.], score=1 / (i + 1)) for i in range(100)]
    return dict(data_samples=[sample]), [
        dict(video_name='v_1', proposal_list=spans)
    ]


def recall(folder) -> dict:
    out = dict(out=str(folder / 'out.json'), output_format='json')
    return dict(metric_type='AR@AN', dump_config=out)


def with_arguments(**arguments):
    return lambda folder: arguments


#: Name, arguments by a folder, batch and predictions, values.
METRIC_CASES = [
    ('ANetMetric', recall, proposals(), {'auc': 99., 'AR@1': 1.}),
    ('ANetMetric', lambda folder: dict(dump_config=dict(out=str(folder))),
     (None, [('v_1', np.ones((4, 5)))]), {}),
    # A class that is found, but nowhere true, has no precision: NAN.
    ('AVAMetric', ava, (None, [boxes(1, 1), boxes(2, 2)]), {
        'mAP/overall': .5}),
    ('AccMetric', with_arguments(metric_options=dict(
        top_k_accuracy=dict(topk=(1, 2)))), (None, PICKED), {
            'acc/top1': .5, 'acc/top2': 1., 'acc/mean1': 1 / 3}),
    ('AccMetric', with_arguments(metric_list=(
        'mean_average_precision', 'mmit_mean_average_precision')),
     (None, MANY), {'acc/mean_average_precision': 1.,
                    'acc/mmit_mean_average_precision': 1.}),
    ('ConfusionMatrix', with_arguments(), (None, PICKED), {
        'confusion_matrix/result': tensor([[1, 0, 0], [0, 0, 1], [0, 0, 0]])}),
    ('MultiSportsMetric', sports, (None, [boxes(i, 0) for i in range(1, 21)]),
     {'mAP/frameAP': 90., 'mAP/v_map@0.5': 100., 'mAP/v_map_0.50:0.95': 80.}),
    ('RecallatTopK', with_arguments(), (None, [dict(
        gt=(0., 1.), predictions=[(2., 3.), (0., .8)])]), {
            'Recall@Top1_IoU=0.5': 0., 'Recall@Top5_IoU=0.5': 1.}),
    ('ReportVQA', lambda folder: dict(file_path=str(folder / 'out.json')),
     (None, [dict(question_id=tensor([3]), pred_answer='yes')]), {}),
    ('RetrievalMetric', with_arguments(), (None, FEATURES), {
        'retrieval/R1': 100., 'retrieval/MdR': 1., 'retrieval/MnR': 1.}),
    ('RetrievalRecall', with_arguments(topk=(1, 2)), (None, PICKED), {
        'retrieval/Recall@1': 50., 'retrieval/Recall@2': 100.}),
    ('VQAAcc', with_arguments(), (None, [dict(
        pred_answer='yes', gt_answer='yes')]), {'VQA/acc': 100.}),
    ('VQAMCACC', with_arguments(), (None, [dict(
        gt_label=tensor([1]), pred_label=1)]), {'VQAMC/acc': 100.}),
]  # yapf: disable


@pytest.mark.filterwarnings('ignore::RuntimeWarning')
@pytest.mark.parametrize('case', METRIC_CASES, ids=lambda case: case[0])
def test_metric(case, tmp_path, monkeypatch):
    name, arguments, batch, wanted = case
    monkeypatch.chdir(tmp_path)  # AVA's writes where it stands, by 32 workers
    monkeypatch.setattr('multiprocessing.Pool', lambda number: ThreadPool(1))
    metric = METRICS.build(dict(type=name, **arguments(tmp_path)))
    metric.process(*batch)
    found = metric.evaluate(len(batch[1]))
    for key, value in wanted.items():
        assert np.allclose(found[key], value, atol=1e-4), (key, found)


NMS = dict(
    soft_nms_alpha=.4, soft_nms_low_threshold=.5, soft_nms_high_threshold=.9,
    post_process_top_k=5)  # yapf: disable
SPANS = dict(gt_bbox=tensor([[.1, .3], [.375, .625]]))
EVEN = torch.linspace(.05, 1, 8)
LOCALIZERS = dict(
    BMN=(dict(NMS, temporal_dim=8, boundary_ratio=.5, num_samples=4,
              feat_dim=8, num_samples_per_bin=3), SPANS),
    PEM=(dict(NMS, pem_feat_dim=8, pem_hidden_dim=4, pem_u_ratio_m=1,
              pem_u_ratio_l=2, pem_high_temporal_iou_threshold=.6,
              pem_low_temporal_iou_threshold=.2),
         dict(bsp_feature=torch.ones(8, 8), reference_temporal_iou=EVEN,
              tmin=EVEN / 2, tmax=EVEN, tmin_score=EVEN, tmax_score=EVEN)),
    TCANet=(dict(NMS, feat_dim=8, temporal_dim=8), SPANS),
    TEM=(dict(temporal_dim=8, boundary_ratio=.1, tem_feat_dim=8,
              tem_hidden_dim=4, tem_match_threshold=.5),
         SPANS))  # yapf: disable


@pytest.mark.parametrize('name', LOCALIZERS)
def test_localizer(name):
    arguments, truth = LOCALIZERS[name]
    sample = ActionDataSample(metainfo=dict(SAMPLE, feature_frame=160))
    sample.gt_instances = InstanceData(**truth)
    sample.proposals = InstanceData(
        proposals=tensor([[.1, .3, .9], [.2, .6, .5]]))
    model = MODELS.build(dict(type=name, **arguments)).eval()
    features = [torch.rand(8, 8)]
    losses = model(features, [sample], mode='loss')
    assert all(torch.isfinite(loss) for loss in losses.values()), losses
    with torch.no_grad():
        found = model(features, [sample], mode='predict')[0]
    name, spans = found.values() if isinstance(found, dict) else found
    assert name == 'v_1' and len(spans) > 0


LABEL, SOFT = tensor([0, 1]), torch.eye(3)[:2]
MAPS = tensor([[[[.1, .99], [.5, .4]], [[.1, .99], [.95, .2]]]])
START, END = tensor([[.9, .1]]), tensor([[.1, .9]])
SSN = ConfigDict(ssn=dict(
    sampler=dict(num_per_video=8, positive_ratio=1, background_ratio=1,
                 incomplete_ratio=6),
    loss_weight=dict(comp_loss_weight=1, reg_loss_weight=1)))  # yapf: disable
HVU = dict(
    categories=('a', 'b'), category_nums=(1, 2), loss_type='individual',
    category_loss_weights=(1, 1), with_mask=True)  # yapf: disable
LOSSES = dict(
    BCELossWithLogits=({}, (SCORES, SOFT)),
    BMNLoss=({}, (MAPS, START, END, tensor([[[0., 1.], [0., 1.]]]), START, END,
                  torch.ones(2, 2))),
    BinaryLogisticRegressionLoss=({}, (START, tensor([1., 0.]))),
    CBFocalLoss=(dict(samples_per_cls=[1, 1, 1]), (SCORES, LABEL)),
    CrossEntropyLoss=({}, (SCORES, LABEL)),
    HVULoss=(HVU, (SCORES, SOFT, torch.ones(2, 3), torch.ones(2, 2))),
    NLLLoss=({}, (SCORES, LABEL)),
    SSNLoss=({}, (
        torch.rand(8, 5), torch.rand(8, 4), torch.rand(8, 4, 2),
        tensor([[0, 1, 1, 1, 1, 1, 1, 2]]), torch.full((8, ), 3),
        torch.rand(8, 2), SSN)))  # yapf: disable


@pytest.mark.parametrize('name', LOSSES)
def test_loss(name):
    arguments, inputs = LOSSES[name]
    found = MODELS.build(dict(type=name, **arguments))(*inputs)
    if isinstance(found, torch.Tensor):
        found = [found]
    for loss in found.values() if isinstance(found, dict) else found:
        assert torch.isfinite(loss).all()


@pytest.mark.parametrize('registry, room, tested', [
    (METRICS, 'evaluation', {case[0] for case in METRIC_CASES}),
    (MODELS, 'models.localizers', set(LOCALIZERS)),
    (MODELS, 'models.losses', set(LOSSES)),
])  # yapf: disable
def test_everything_of_the_host_is_here(registry, room, tested):
    names = {
        name
        for name, cls in registry.module_dict.items()
        if cls.__module__.startswith(f'mmaction.{room}')
    }
    # Of DRN there is but a stand-in: tests/compat/test_imports.py.
    assert names - {'DRN'} == tested
