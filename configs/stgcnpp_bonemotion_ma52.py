# ST-GCN++ on MA-52, motion of the bones from frame to frame; see
# stgcnpp_ma52.py. The scores of the four streams are meant to be averaged.
#
#   python tools/train.py configs/stgcnpp_bonemotion_ma52.py
#
# No number is published for MA-52; not measured by us.
_base_ = ['./stgcnpp_ma52.py']

features = dict(_base_.features, feats=['bm'])
train_pipeline = [_base_.flip, _base_.norm, features, *_base_.train_inputs]
val_pipeline = [_base_.norm, features, *_base_.val_inputs]
test_pipeline = [_base_.norm, features, *_base_.test_inputs]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
