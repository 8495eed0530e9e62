# Clips with one emotion each, for a config made for MA-52: it combines these
# data sets with its own pipelines (see manet_r50_emotion.py).
emotion_root = '{{$EMOTION_ROOT:data/emotion}}'

# EmotionMetric also scores sessions: the mean of those of their clips.
emotion_pack = [
    dict(type='FormatShape', input_format='NCHW'),
    dict(
        type='PackActionInputs',
        meta_keys=('img_shape', 'clip_name', 'session'))
]

# Three lists of different people: the epoch is chosen on the second, so the
# reported score must come from the third. Without a third list do not choose,
# and test the last epoch:
#   --cfg-options default_hooks.checkpoint.save_best=None
#   test_dataloader.dataset.ann_file=val_list_emotions.txt
#   test_dataloader.dataset.data_prefix.video=videos_val
#
# A list of 'clip emotion' lines. For labels of whole sessions add
# clip_sessions='clip_sessions.txt' and name a list of 'session emotion' lines;
# labels are always those listed in `classes`, one per line.
emotion_train = dict(
    type='EmotionDataset',
    data_root=emotion_root,
    ann_file='train_list_emotions.txt',
    classes='classes.txt',
    data_prefix=dict(video='videos_train'))
emotion_val = dict(
    type='EmotionDataset',
    data_root=emotion_root,
    ann_file='val_list_emotions.txt',
    classes='classes.txt',
    data_prefix=dict(video='videos_val'),
    test_mode=True)
emotion_test = dict(
    type='EmotionDataset',
    data_root=emotion_root,
    ann_file='test_list_emotions.txt',
    classes='classes.txt',
    data_prefix=dict(video='videos_test'),
    test_mode=True)
