"""The parts of a generated Keras script: Python code as text."""

from __future__ import annotations

from mnist_core.data.scaling import Scaling
from mnist_core.training.settings import Schedule

LOAD = '''
def load(path):
    """Training and test digits: images uint8 (N, 28, 28) and labels (N,)."""
    with np.load(path) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])
'''

LOAD_FROM_KERAS = '''
def load(path):
    """Training and test digits: images uint8 (N, 28, 28) and labels (N,). Without a file, Keras fetches them once."""
    if path is None:
        return keras.datasets.{module}.load_data()
    with np.load(path) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])
'''

SCALE = {
    Scaling.UNIT: '''
def make_scaler(images):
    """Pixels from 0 to 1."""
    return lambda images: (images * np.float32(1 / 255))[..., np.newaxis]
''',
    Scaling.L2_ROWS: '''
def make_scaler(images):
    """Each column of pixels of an image divided by its length, as keras.utils.normalize(images, axis=1) does."""

    def scale(images):
        lengths = np.sqrt(np.square(images, dtype=np.float64).sum(axis=1, keepdims=True))
        lengths[lengths == 0] = 1
        return (images / lengths).astype(np.float32)[..., np.newaxis]

    return scale
''',
    Scaling.STANDARDISED: '''
def make_scaler(images):
    """Minus the mean, divided by the deviation, of the pixels that train: test pixels must not be looked at."""
    mean, deviation = images.mean(dtype=np.float64), images.std(dtype=np.float64) or 1.0
    return lambda images: ((images - np.float32(mean)) * np.float32(1 / deviation))[..., np.newaxis]
''',
}

KNOWN_SCALE = '''
def make_scaler(images):
    """Minus {mean:g}, divided by {std:g}: what the stored weights expect, whatever the images."""
    return lambda images: ((images - np.float32({mean!r})) * np.float32(1 / {std!r}))[..., np.newaxis]
'''

SPLIT = '''
def part(labels, size):
    """Rows of a stratified sample, and the remaining rows."""
    counts = np.bincount(labels, minlength=1)
    quotas = counts * size // len(labels)
    by_remainder = np.argsort(-(counts * size % len(labels)), kind="stable")
    quotas[by_remainder[: size - quotas.sum()]] += 1
    order = np.random.RandomState(SEED).permutation(len(labels))
    chosen = np.zeros(len(labels), bool)
    for label, quota in enumerate(quotas):
        chosen[order[labels[order] == label][:quota]] = True
    return np.flatnonzero(chosen), np.flatnonzero(~chosen)


def split(labels, limit):
    """Rows of the training images and of the validation images."""
    kept = part(labels, limit)[0] if limit and limit < len(labels) else np.arange(len(labels))
    held_back, train = part(labels[kept], max(1, round(VALIDATION_FRACTION * len(kept))))
    return kept[train], kept[held_back]
'''

BATCHES = '''
def batches(*columns):
    """Endless batches; the order within an epoch depends only on the seed and the epoch."""
    columns = [tf.constant(column) for column in columns]
    n = len(columns[0])

    def epoch_rows(epoch):
        seed = tf.stack([tf.constant(SEED, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(n), seed=seed)
        return tf.data.Dataset.from_tensor_slices(order).batch(BATCH_SIZE)

    rows = tf.data.Dataset.range(2**31).flat_map(epoch_rows)
    return rows.map(lambda rows: tuple(tf.gather(column, rows) for column in columns)).prefetch(2)
'''

ONEDNN = (
    'os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # the faster kernels; to be set before TensorFlow is imported'
)

BATCHES_AUGMENTED = '''
def batches(*columns, background, ink):
    """Endless batches; order and augmentation depend only on the seed and the epoch."""
    columns = [tf.constant(column) for column in columns]
    n = len(columns[0])

    def epoch_rows(epoch):
        seed = tf.stack([tf.constant(SEED, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(n), seed=seed)
        steps = tf.data.Dataset.from_tensor_slices(order).batch(BATCH_SIZE).enumerate()
        return steps.map(lambda step, rows: (epoch * 1_000_003 + step, rows))

    def gather(draw, rows):
        batch = [tf.gather(column, rows) for column in columns]
        seed = tf.stack([draw, tf.constant(SEED, tf.int64)])
        return {images}, *batch[1:]

    return tf.data.Dataset.range(2**31).flat_map(epoch_rows).map(gather).prefetch(2)
'''

AUGMENT = '''
def augment(images, seed, background, ink):
    """Digits rotated, scaled, sheared and shifted by up to the amounts below, in either direction.{noise_help}"""
    seeds = tf.random.experimental.stateless_split(seed, 2)
    draws = tf.random.stateless_uniform([tf.shape(images)[0], 5], seeds[0], -1.0, 1.0)
    angle = draws[:, 0] * {rotation_degrees} * np.pi / 180
    shear = tf.tan(draws[:, 1] * {shear_degrees} * np.pi / 180)
    scale = 1.0 / (1.0 + draws[:, 2] * {scale_fraction})
    a, b = tf.cos(angle) * scale, (tf.sin(angle) + shear * tf.cos(angle)) * scale
    c, d = -tf.sin(angle) * scale, (tf.cos(angle) - shear * tf.sin(angle)) * scale
    x = 13.5 - a * 13.5 - b * 13.5 + draws[:, 3] * {shift_pixels}  # 13.5 is the middle of 28 pixels
    y = 13.5 - c * 13.5 - d * 13.5 + draws[:, 4] * {shift_pixels}
    zero = tf.zeros_like(a)
    {result} = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=tf.stack([a, b, x, c, d, y, zero, zero], axis=1),
        output_shape=tf.constant([28, 28]),
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
        fill_value=tf.constant(background),
    )
'''

NOISE = """    moved += tf.random.stateless_normal(tf.shape(moved), seeds[1], 0.0, {noise} * (ink - background))
    return tf.clip_by_value(moved, background, ink)
"""

LEARNING_RATES = {
    Schedule.STEP: '''
def learning_rate(step, steps_per_epoch, epochs):
    """Multiplied by {step_factor} every {step_epochs} epochs."""
    return LEARNING_RATE * {step_factor} ** (step // (steps_per_epoch * {step_epochs}))
''',
    Schedule.COSINE: '''
def learning_rate(step, steps_per_epoch, epochs):
    """Falls to 0 along half a cosine."""
    return LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * step / (steps_per_epoch * epochs)))
''',
    Schedule.ONE_CYCLE: '''
def learning_rate(step, steps_per_epoch, epochs):
    """Rises for the first 30% of the run and then falls to almost 0, both along half a cosine."""
    progress = step / (steps_per_epoch * epochs)
    if progress < 0.3:
        low, share = LEARNING_RATE / 25, progress / 0.3
        return low + (LEARNING_RATE - low) * 0.5 * (1 - math.cos(math.pi * share))
    low, share = LEARNING_RATE / 10_000, (progress - 0.3) / 0.7
    return low + (LEARNING_RATE - low) * 0.5 * (1 + math.cos(math.pi * share))
''',
}

SCHEDULE_CALLBACK = '''
class LearningRate(keras.callbacks.Callback):
    """Sets the learning rate before every weight update."""

    def on_epoch_begin(self, epoch, logs=None):
        self.first = epoch * self.params["steps"]

    def on_train_batch_begin(self, batch, logs=None):
        step, steps, epochs = self.first + batch, self.params["steps"], self.params["epochs"]
        self.model.optimizer.learning_rate = learning_rate(step, steps, epochs)
'''

DROPOUT_CALLBACK = '''
class SameDropout(keras.callbacks.Callback):
    """Makes dropout depend only on seed, epoch and layer, as in MNIST Studio."""

    def on_epoch_begin(self, epoch, logs=None):
        drops = [layer for layer in self.model.layers if getattr(layer, "seed_generator", None) is not None]
        for i, layer in enumerate(drops):
            layer.seed_generator.state.assign(np.random.SeedSequence([SEED, epoch, i]).generate_state(2))
'''

BALANCED_WEIGHTS = '''
def image_weights(labels):
    """Images of rare classes count more, so that all ten classes have the same total weight."""
    counts = np.bincount(labels, minlength=10)
    return (len(labels) / (10 * np.maximum(counts, 1)))[labels].astype("float32")
'''

CUSTOM_WEIGHTS = '''
def image_weights(labels):
    """How much an image counts, by its label."""
    return np.array({weights}, dtype="float32")[labels]
'''

RANGE = """\
    background, ink = (float(scale(np.full((1, 28, 28), value, np.uint8)).max()) for value in (0, 255))
"""

BEST_EPOCH_CALLBACK = '''
class BestEpoch(keras.callbacks.Callback):
    """Ends with the weights of the epoch with the highest validation accuracy, among equals the lowest loss."""

    best, weights = (-1.0, 0.0), None

    def on_epoch_end(self, epoch, logs=None):
        found = (logs["val_accuracy"], -logs["{loss}"])
        if found > self.best:
            self.best, self.weights = found, self.model.get_weights()

    def on_train_end(self, logs=None):
        self.model.set_weights(self.weights)
'''

TARGETS = {
    True: """
def to_targets(labels):
    return keras.utils.to_categorical(labels, 10)
""",
    False: """
def to_targets(labels):
    return labels.astype("int32")
""",
}
"""By whether the loss takes labels as one-hot rows."""

TRAIN = '''
def train(data=None, limit=LIMIT, epochs=EPOCHS):
    """Train and score; returns the model and the history of `fit`."""
    (images, labels), (test_images, test_labels) = load(data)
    rows, held_back = split(labels, limit)
    scale = make_scaler(images[rows])
{prepare}
    keras.utils.set_random_seed(SEED)  # before the network is built: initial weights are drawn from it
    model = build_model()
    model.compile(
        optimizer={optimizer},
        loss={loss},
        metrics=[{metrics}],
    )
    print(f"{{model.count_params():,}} parameters, {{len(rows):,}} training and {{len(held_back):,}} validation images")
    history = model.fit(
        batches(scale(images[rows]), to_targets(labels[rows]){more_columns}),
        steps_per_epoch=-(-len(rows) // BATCH_SIZE),
        epochs=epochs,
        validation_data=(scale(images[held_back]), to_targets(labels[held_back])),
        validation_batch_size=1000,
        callbacks=[
{callbacks}
        ],
        shuffle=False,  # `batches` does
        verbose=2,
    )
    found = model.evaluate(
        scale(test_images), to_targets(test_labels), batch_size=1000, verbose=0, return_dict=True
    )
    print(f"Test loss {{found['{test_loss}']:.4f}}, test accuracy {{found['accuracy']:.2%}}")
    return model, history
'''

MAIN = """
if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="FILE.npz", {data_option})
    parser.add_argument("--limit", type=int, default=LIMIT, help="number of training and validation images")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--save", metavar="FILE.keras", help="file for the trained network")
    options = parser.parse_args()
    trained, _ = train(options.data, options.limit, options.epochs)
    if options.save:
        trained.save(options.save)
"""
