@keras.saving.register_keras_serializable()
class LocalResponseNormalization(layers.Layer):
    """Multiply by (k + alpha / size * s) ** -beta, where s is the sum of squares over size channels around."""

    def __init__(self, size=5, alpha=1e-4, beta=0.75, k=1.0, **kwargs):
        super().__init__(**kwargs)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def call(self, x):
        side = self.size // 2
        squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (side, side)))
        channels = x.shape[-1]
        total = sum(squares[..., shift : shift + channels] for shift in range(self.size))
        return x * ops.power(self.k + self.alpha / self.size * total, -self.beta)

    def get_config(self):
        return super().get_config() | {"size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}
