"""The work of one trainer: steps, checkpoints, and the way from standby to being the one that writes."""
import json
import math
import operator
import os
import threading
import time

from checkpoints import Fenced
from s3_objects import S3Error, Unreachable

DONE, WRONG, FENCED, UNSAVED, STOPPED = 0, 2, 3, 4, 143
SPEED = float(os.environ.get("OPTIINFRA_CLOCK_SPEED") or 1)
# what may pass by itself
NOT_NOW = (Unreachable, S3Error, OSError)


def log(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def told(checkpoint):
    """A checkpoint as whoever asks is told of it."""
    return {"step": checkpoint.step, "epoch": checkpoint.epoch, "manifest": checkpoint.manifest, "loss_hex": checkpoint.state.get("loss")}


class Wish:
    """What a thread of the service asks the main thread for."""

    def __init__(self, kind):
        self.kind, self.answer, self.done = kind, None, threading.Event()

    def give(self, status, content):
        self.answer = status, content
        self.done.set()


class Trainer:
    """The main thread trains, writes checkpoints and takes over; all others only ask for it, and read what the main thread left."""

    def __init__(self, options, model, store):
        self._options, self._model, self._store = options, model, store
        self._wake, self._lock = threading.Event(), threading.Lock()
        self._stopping, self._notice, self._wishes = False, None, []
        self._predictions, self._written, self._failed = 0, {}, 0
        self._resumed_from, self._promoted, self._fenced_by = None, False, None
        self._shown = (model.step, tuple(model.weights), model.bias, model.loss)
        self.state, self.features = "starting", options.features

    def run(self):
        """Trains to the end; gives the exit status."""
        try:
            return self._run()
        except Fenced as fenced:
            return self._fenced(fenced)

    def _run(self):
        # one that was promoted and then died holds the fence: nobody else may write, so it must not wait to be asked again
        if self._options.standby and not self._store.holds_fence():
            self._resume(self._store.newest())
            if not self._stand_by():
                return STOPPED
        else:
            self._resume(self._store.take_over())
            self._promoted = True
            self._show("training")
        while self._model.step < self._options.iterations:
            if self._stopping:
                return self._stop()
            self._answer_wishes()
            self._model.advance()
            self._show(self._working())
            if self._model.step % self._options.checkpoint_every == 0:
                self._save("periodic")
            self._pause()
        while not self._save("final"):
            if self._stopping:
                return UNSAVED
        self._show("completed")
        log("completed", step=self._model.step, loss=self._model.loss.hex(), loss_decimal=repr(self._model.loss))
        while not (self._stopping or self._options.exit_when_done):
            self._answer_wishes()
            self._rest()
        return DONE

    def _resume(self, found):
        self._resumed_from = None
        if found:
            self._model.restore(found.state)
            self._resumed_from = {"step": found.step, "epoch": found.epoch, "manifest": found.manifest, "loss_hex": self._model.loss.hex()}
        else:
            self._model.begin()
        log("resumed" if found else "started", step=self._model.step, epoch=self._options.epoch, loss=self._model.loss.hex(), manifest=found.manifest if found else None)

    def _stand_by(self):
        """Trains in the shadow, writing nothing, until it is promoted; False where it is stopped before."""
        self._show("standby")
        log("standby", step=self._model.step)
        while not self._stopping:
            self._answer_wishes()
            if self._promoted:
                return True
            if self._model.step < self._options.iterations:
                self._model.advance()
                self._show("standby")
                self._pause()
            else:
                self._rest()
        return False

    def _take_over(self):
        found = self._store.take_over()
        # steps depend on the seed alone, so those of the shadow are those that the checkpoint's writer would have made
        if (found.manifest if found else None) != (self._resumed_from["manifest"] if self._resumed_from else None):
            self._resume(found)
        self._promoted = True
        self._show(self._working())
        log("promoted", step=self._model.step, epoch=self._options.epoch, manifest=found.manifest if found else None)

    def _fenced(self, fenced):
        """Serves what it has until it is stopped, so that no request fails that was on its way here."""
        has_state = self.state != "starting"
        self._fenced_by, self.state = str(fenced), "fenced"
        log("fenced", reason=self._fenced_by, step=self._model.step)
        while has_state and not (self._stopping or self._options.exit_when_done):
            self._answer_wishes()
            self._rest()
        return FENCED

    def _stop(self):
        self._show("stopping")
        return STOPPED if self._save("stop") else UNSAVED

    def _answer_wishes(self):
        if self._notice and self._notice != "saved" and self._promoted and not self._fenced_by:
            self._notice = "saved" if self._save("notice") else self._notice
            if self.state == "training":
                self._show("interrupted")
        while wish := self._next_wish():
            try:
                wish.give(*self._answer(wish.kind))
            except Fenced as fenced:
                wish.give(409, {"error": str(fenced)})
                raise

    def _next_wish(self):
        with self._lock:
            return self._wishes.pop(0) if self._wishes else None

    def _answer(self, kind):
        if self._fenced_by:
            return 409, {"error": self._fenced_by}
        if kind == "promote":
            return self._promote()
        if not self._promoted:
            return 409, {"error": "this trainer is in standby and writes nothing; POST /promote makes it take over"}
        saved = self._save("request")
        return (200, saved) if saved else (503, {"error": "no checkpoint could be written; see /health"})

    def _promote(self):
        try:
            if not self._promoted:
                self._take_over()
            return 200, self.health()
        except NOT_NOW as error:
            log("promotion_failed", step=self._model.step, error=str(error))
            return 503, {"error": f"not promoted yet, though the fence may be up already; ask again: {error}"}

    def _save(self, reason):
        """Writes a checkpoint; None where S3 cannot be brought to take it, which is no reason to stop working."""
        began, last = time.monotonic(), self._store.last
        try:
            saved = self._store.save(self._model.step, self._model.state())
        except NOT_NOW as error:
            self._failed += 1
            log("checkpoint_failed", step=self._model.step, reason=reason, error=str(error))
            return None
        # what a notice asks for may be there already; who reads along is to know either way
        if saved is not last or reason == "notice":
            self._written[reason] = self._written.get(reason, 0) + 1
            log("checkpoint", step=saved.step, reason=reason, manifest=saved.manifest, loss=self._model.loss.hex(), wall_seconds=round(time.monotonic() - began, 4))
        return told(saved)

    def _working(self):
        return "interrupted" if self._notice else "training"

    def _show(self, state):
        self._shown = (self._model.step, tuple(self._model.weights), self._model.bias, self._model.loss)
        self.state = state

    def _pause(self):
        """Until the next step is due; what is asked for meanwhile is done, and hastens no step."""
        due = time.monotonic() + self._options.iteration_delay / SPEED
        while not self._stopping and (left := due - time.monotonic()) > 0:
            self._wake.wait(left)
            self._wake.clear()
            self._answer_wishes()

    def _rest(self):
        self._wake.wait()
        self._wake.clear()

    def stop(self):
        self._stopping = True
        self._wake.set()

    def notice(self, action):
        """The instance will be taken away: checkpoint at once, then go on for as long as it lasts. In standby it is only shown."""
        if self._notice is None:
            log("notice", action=action, step=self._shown[0])
            self._notice = action
            self._wake.set()

    def ask(self, kind, timeout=60):
        """HTTP status and document; waits until the main thread has written the checkpoint, or taken over."""
        wish = Wish(kind)
        with self._lock:
            self._wishes.append(wish)
        self._wake.set()
        wish.done.wait(timeout)
        return wish.answer or (503, {"error": f"not done within {timeout} s, though it may be yet; ask again"})

    def predict(self, rows):
        step, weights, bias, _ = self._shown
        self._predictions += len(rows)
        return {"predictions": [math.fsum(map(operator.mul, row, weights)) + bias for row in rows], "step": step, "epoch": self._options.epoch}

    def health(self):
        step, _, _, loss = self._shown
        last = self._store.last
        return {
            "state": self.state,
            "step": step,
            "iterations": self._options.iterations,
            "epoch": self._options.epoch,
            "loss": loss,
            "loss_hex": loss.hex(),
            "notice": bool(self._notice),
            "checkpoint": told(last) if last else None,
            "failed_checkpoints": self._failed,
            "resumed_from": self._resumed_from,
        }

    def metrics(self):
        step, _, _, loss = self._shown
        written = "".join(f'training_checkpoints_total{{reason="{reason}"}} {count}\n' for reason, count in list(self._written.items()))
        return (
            f"# TYPE training_step gauge\ntraining_step {step}\n# TYPE training_loss gauge\ntraining_loss {loss!r}\n"
            f"# TYPE training_epoch gauge\ntraining_epoch {self._options.epoch}\n# TYPE training_checkpoints_total counter\n{written}"
            f"# TYPE training_checkpoint_failures_total counter\ntraining_checkpoint_failures_total {self._failed}\n"
            f"# TYPE training_predictions_total counter\ntraining_predictions_total {self._predictions}\n"
        )
