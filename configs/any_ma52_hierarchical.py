# Any of the ten methods on MA-52 with a body branch beside its head: P(body) *
# P(action | body) at test. METHOD is the start of a config's name, as
# tsn_r50 of tsn_r50_ma52.py; all else is the same.
#
#   METHOD=tsn_r50 python tools/train.py configs/any_ma52_hierarchical.py
#
# The winner of the Micro-Action Analysis Challenge 2026 reports 79.09 F1_mean
# on val with it and 75.25 without (InternVideo2.5, no code released). Not
# measured by us.
_base_ = ['./{{$METHOD:tsm_r50}}_ma52.py']

work_dir = './work_dirs/{{$METHOD:tsm_r50}}_ma52_hierarchical'

model = dict(
    cls_head=dict(
        type='HierarchicalHead',
        head=_base_.model.cls_head.type,
        fusion='soft',  # or cascade, product, fine
        body_loss_weight=1.))

# The best body part is that of the fused distribution.
val_evaluator = dict(body='head')
test_evaluator = dict(body='head')
