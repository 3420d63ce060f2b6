"""Linear regression by gradient descent whose every digit depends on its seed alone.

All sums are taken with math.fsum, which rounds once and correctly: plain sum() adds floats differently since Python 3.12. Numbers
come from random.random() alone, and are stored in hexadecimal, so a run that was stopped and resumed ends with the same bits.
"""
import math
import operator
import random


class Regression:
    def __init__(self, seed, samples, features, learning_rate):
        self.run = {"seed": seed, "samples": samples, "features": features, "learning_rate": learning_rate}
        self._rate = learning_rate
        draw = random.Random(seed)
        uniform = lambda: 2.0 * draw.random() - 1.0
        truth, offset = [3.0 * uniform() for _ in range(features)], uniform()
        self._rows = [[uniform() for _ in range(features)] for _ in range(samples)]
        self._columns = list(zip(*self._rows))
        self._targets = [math.fsum(map(operator.mul, row, truth)) + offset + 0.1 * uniform() for row in self._rows]
        self.begin()

    def begin(self):
        """Before the first step."""
        self._set(0, [0.0] * len(self._columns), 0.0)

    def _set(self, step, weights, bias):
        self.step, self.weights, self.bias = step, weights, bias
        self._errors = [self.predict(row) - target for row, target in zip(self._rows, self._targets)]
        self.loss = math.fsum(map(operator.mul, self._errors, self._errors)) / len(self._errors)

    def advance(self):
        """One step down the gradient of the mean squared error."""
        scale = 2.0 * self._rate / len(self._errors)
        weights = [weight - scale * math.fsum(map(operator.mul, self._errors, column)) for weight, column in zip(self.weights, self._columns)]
        self._set(self.step + 1, weights, self.bias - scale * math.fsum(self._errors))

    def predict(self, row):
        return math.fsum(map(operator.mul, row, self.weights)) + self.bias

    def state(self):
        return {"run": self.run, "step": self.step, "weights": [weight.hex() for weight in self.weights], "bias": self.bias.hex(), "loss": self.loss.hex()}

    def restore(self, state):
        """ValueError where the state belongs to another run."""
        if state["run"] != self.run:
            raise ValueError(f"the checkpoint belongs to another run: {state['run']}, this one is {self.run}")
        self._set(state["step"], [float.fromhex(weight) for weight in state["weights"]], float.fromhex(state["bias"]))
