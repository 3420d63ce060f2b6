#!/usr/bin/env python3
"""Trains a linear regression and lives through being moved from instance to instance.

    linear_regression.py --bucket BUCKET --prefix jobs/JOB --epoch N [options]

Takes over the job with its epoch, resumes from the newest valid checkpoint in S3, writes one every 50 steps, on SIGTERM, on an
interruption notice and on request, and serves /predict, /health and /metrics. Plain Python 3.9 or later, nothing to install.
Durations are seconds of the cloud's clock, which OPTIINFRA_CLOCK_SPEED lets run faster than the wall's.

Exit status: 0 done (with --exit-when-done, or told to stop after the last step), 2 wrong options or a checkpoint of another run,
3 fenced by a higher epoch, 4 stopped without its last steps saved, 143 stopped by SIGTERM with everything saved.
One JSON object per line on standard output says what happens.
"""
import argparse
import json
import math
import operator
import os
import signal
import sys
import threading
import time

import service
from checkpoints import CheckpointStore, Fenced
from instance_metadata import InstanceMetadata
from regression import Regression
from s3_objects import Bucket, Credentials, S3Error, Unreachable

DONE, WRONG, FENCED, UNSAVED, STOPPED = 0, 2, 3, 4, 143
NOTICE_EVERY = 5.0
SPEED = float(os.environ.get("OPTIINFRA_CLOCK_SPEED") or 1)


def log(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Trainer:
    """The main thread trains and writes checkpoints; all others only ask for one, and read what the main thread left."""

    def __init__(self, options, model, store):
        self._options, self._model, self._store = options, model, store
        self._wake, self._lock = threading.Event(), threading.Lock()
        self._stopping, self._notice, self._waiting = False, None, []
        self._predictions, self._written, self._failed = 0, {}, 0
        self._shown = (model.step, tuple(model.weights), model.bias, model.loss)
        self.state, self.features = "starting", options.features

    def run(self):
        """Trains to the end; gives the exit status."""
        try:
            return self._run()
        except Fenced as fenced:
            self.state = "fenced"
            log("fenced", reason=str(fenced), step=self._model.step)
            return FENCED

    def _run(self):
        found = self._store.take_over()
        if found:
            self._model.restore(found.state)
        log("resumed" if found else "started", step=self._model.step, epoch=self._options.epoch, loss=self._model.loss.hex(), manifest=found.manifest if found else None)
        self._show("training")
        while self._model.step < self._options.iterations:
            if self._stopping:
                return self._stop()
            self._answer_wishes()
            self._model.advance()
            self._show("interrupted" if self._notice else "training")
            if self._model.step % self._options.checkpoint_every == 0:
                self._save("periodic")
            if self._options.iteration_delay > 0:
                self._wake.wait(self._options.iteration_delay / SPEED)
                self._wake.clear()
        while not self._save("final"):
            if self._stopping:
                return UNSAVED
        self._show("completed")
        log("completed", step=self._model.step, loss=self._model.loss.hex(), loss_decimal=repr(self._model.loss))
        while not (self._stopping or self._options.exit_when_done):
            self._answer_wishes()
            self._wake.wait()
            self._wake.clear()
        return DONE

    def _stop(self):
        self._show("stopping")
        return STOPPED if self._save("stop") else UNSAVED

    def _answer_wishes(self):
        if self._notice and self._notice != "saved":
            self._notice = "saved" if self._save("notice") else self._notice
        with self._lock:
            waiting, self._waiting = self._waiting, []
        if waiting:
            saved = self._save("request")
            for answer in waiting:
                answer["saved"] = saved
                answer["done"].set()

    def _save(self, reason):
        """Writes a checkpoint; None where S3 cannot be brought to take it, which is no reason to stop working."""
        began, last = time.monotonic(), self._store.last
        try:
            saved = self._store.save(self._model.step, self._model.state())
        except (Unreachable, S3Error, OSError) as error:
            self._failed += 1
            log("checkpoint_failed", step=self._model.step, reason=reason, error=str(error))
            return None
        # what a notice asks for may be there already; who reads along is to know either way
        if saved is not last or reason == "notice":
            self._written[reason] = self._written.get(reason, 0) + 1
            log("checkpoint", step=saved.step, reason=reason, manifest=saved.manifest, loss=self._model.loss.hex(), wall_seconds=round(time.monotonic() - began, 4))
        return {"step": saved.step, "epoch": saved.epoch, "manifest": saved.manifest}

    def _show(self, state):
        self._shown = (self._model.step, tuple(self._model.weights), self._model.bias, self._model.loss)
        self.state = state

    def stop(self):
        self._stopping = True
        self._wake.set()

    def notice(self, action):
        """The instance will be taken away: checkpoint at once, then go on for as long as it lasts."""
        if self._notice is None:
            log("notice", action=action, step=self._shown[0])
            self._notice = action
            self._wake.set()

    def checkpoint_on_request(self, timeout):
        """What the checkpoint is, or None; waits until the main thread has written it."""
        answer = {"done": threading.Event(), "saved": None}
        with self._lock:
            self._waiting.append(answer)
        self._wake.set()
        answer["done"].wait(timeout)
        return answer["saved"]

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
            "checkpoint": {"step": last.step, "epoch": last.epoch, "manifest": last.manifest} if last else None,
            "failed_checkpoints": self._failed,
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


def watch_for_notice(trainer, metadata):
    pause = max(0.05, NOTICE_EVERY / SPEED)
    while True:
        try:
            action = metadata.get("meta-data/spot/instance-action")
            if action:
                trainer.notice(json.loads(action))
                return
        except (OSError, ValueError):
            # no metadata service, no notice; or not now
            pass
        time.sleep(pause)


def own_address(metadata):
    try:
        return metadata.get("meta-data/local-ipv4") or "127.0.0.1"
    except OSError:
        return "127.0.0.1"


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--prefix", required=True, help="where the job's checkpoints lie in the bucket")
    parser.add_argument("--epoch", type=int, required=True, help="1 for the first trainer of a job, one more for each that takes over")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=int, default=200)
    parser.add_argument("--features", type=int, default=8)
    parser.add_argument("--learning-rate", type=float, default=0.02)
    parser.add_argument("--iterations", type=int, default=1000)
    parser.add_argument("--checkpoint-every", type=int, default=50, help="steps")
    parser.add_argument("--iteration-delay", type=float, default=0.0, help="pause after each step")
    parser.add_argument("--host", help="address to serve on; the instance's own by default")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--exit-when-done", action="store_true", help="instead of serving the finished model")
    options = parser.parse_args(arguments)
    for name in ("epoch", "samples", "features", "iterations", "checkpoint_every"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    return options


def main(arguments=None):
    options = parse(arguments)
    metadata = InstanceMetadata()
    owner = f"{os.environ.get('INSTANCE_ID', 'local')}/{os.getpid()}/{time.time_ns()}"
    bucket = Bucket(options.bucket, Credentials(metadata), lambda seconds: time.sleep(seconds / SPEED))
    store = CheckpointStore(bucket, options.prefix, options.epoch, owner, log)
    trainer = Trainer(options, Regression(options.seed, options.samples, options.features, options.learning_rate), store)
    signal.signal(signal.SIGTERM, lambda *_: trainer.stop())
    # the token comes by the environment: everybody on a machine can read arguments
    server = service.serve(trainer, options.host or own_address(metadata), options.port, os.environ.get("TRAINING_CHECKPOINT_TOKEN"))
    log("serving", address=f"{server.server_address[0]}:{server.server_address[1]}")
    threading.Thread(target=watch_for_notice, args=(trainer, metadata), name="notice", daemon=True).start()
    try:
        return trainer.run()
    except ValueError as error:
        log("wrong", error=str(error))
        return WRONG
    except (Unreachable, S3Error, OSError) as error:
        log("failed", error=str(error))
        return UNSAVED


if __name__ == "__main__":
    sys.exit(main())
