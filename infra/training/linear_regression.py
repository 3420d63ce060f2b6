#!/usr/bin/env python3
"""Trains a linear regression and lives through being moved from instance to instance.

    linear_regression.py --bucket BUCKET --prefix jobs/JOB --epoch N [options]

Takes over the job with its epoch, resumes from the newest valid checkpoint in S3, writes one every 50 steps, on SIGTERM, on an
interruption notice and on request, and serves /predict, /health and /metrics. Plain Python 3.9 or later, nothing to install.
With --standby it resumes without taking over, and trains and serves without writing anything until POST /promote asks it to take
over. Durations are seconds of the cloud's clock, which OPTIINFRA_CLOCK_SPEED lets run faster than the wall's.

Exit status: 0 done (with --exit-when-done, or told to stop after the last step), 2 wrong options or a checkpoint of another run,
3 fenced by a higher epoch (at once with --exit-when-done or where it had resumed from nothing yet; otherwise it serves what it has
until SIGTERM), 4 stopped without its last steps saved, 143 stopped by SIGTERM with everything saved, or in standby.
One JSON object per line on standard output says what happens.
"""
import argparse
import json
import os
import signal
import sys
import threading
import time

import service
from checkpoints import CheckpointStore
from instance_metadata import InstanceMetadata
from regression import Regression
from s3_objects import Bucket, Credentials
from trainer import NOT_NOW, SPEED, UNSAVED, WRONG, Trainer, log

NOTICE_EVERY = 5.0


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
    parser.add_argument("--standby", action="store_true", help="do not take over before POST /promote, unless this epoch was promoted already")
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
    except NOT_NOW as error:
        log("failed", error=str(error))
        return UNSAVED


if __name__ == "__main__":
    sys.exit(main())
