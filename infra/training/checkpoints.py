"""Checkpoints in S3 that are whole or not there, written by one trainer at a time.

    PREFIX/FENCE                                  {"epoch"}: whoever has a lower epoch stops
    PREFIX/data/step-S-epoch-E-DIGEST.json        the state
    PREFIX/manifests/step-S-epoch-E.json          made with If-None-Match: *, names the state and its digest
    PREFIX/LATEST                                 moved with If-Match; names the manifest, and who may move it

A trainer that takes over raises FENCE, then moves LATEST to itself before its first step. From then on the one before cannot move
LATEST any more, however late it wakes up: the entity tag that it knows is out of date, and what it then reads tells it that it is fenced.
"""
import hashlib
import json
import re

from s3_objects import PreconditionFailed

MANIFEST = re.compile(r"step-(\d+)-epoch-(\d+)\.json$")


class Fenced(Exception):
    """Another trainer has taken over."""


class Checkpoint:
    def __init__(self, step, epoch, manifest, state):
        self.step, self.epoch, self.manifest, self.state = step, epoch, manifest, state


def encode(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


class CheckpointStore:
    """The checkpoints of one job, for the trainer OWNER of epoch EPOCH."""

    def __init__(self, bucket, prefix, epoch, owner, log):
        self._bucket, self._prefix, self._epoch, self._owner, self._log = bucket, prefix.strip("/"), epoch, owner, log
        self._latest_tag = None
        self.last = None

    def newest(self):
        """The newest valid checkpoint, or None, writing nothing. Fenced where a higher epoch is there already."""
        self.check_fence()
        latest, _ = self._read("LATEST")
        self._check_owner(latest)
        self.last = self._newest_valid(latest)
        return self.last

    def holds_fence(self):
        """This epoch has taken over before, and no higher one since."""
        fence, _ = self._read("FENCE")
        return bool(fence) and fence["epoch"] == self._epoch

    def take_over(self):
        """Fences all lower epochs and gives the newest valid checkpoint, or None. Fenced where a higher epoch is there already."""
        self._raise_fence()
        while True:
            latest, tag = self._read("LATEST")
            self._check_owner(latest)
            found = self._newest_valid(latest)
            claim = {"epoch": self._epoch, "owner": self._owner, "step": found.step if found else 0, "manifest": found.manifest if found else None}
            try:
                self._latest_tag = self._bucket.put(self._key("LATEST"), encode(claim), if_match=tag, if_absent=tag is None)
            except PreconditionFailed:
                # the trainer before us got one more checkpoint in, or our own claim did and its answer was lost
                continue
            self.last = found
            return found

    def save(self, step, state):
        """Writes a checkpoint and gives it. Fenced where another trainer has taken over; Unreachable leaves everything as it was."""
        if self.last and self.last.step == step:
            return self.last
        self.check_fence()
        data = encode(state)
        digest = hashlib.sha256(data).hexdigest()
        name = f"step-{step:08d}-epoch-{self._epoch:04d}"
        data_key, manifest_key = self._key(f"data/{name}-{digest[:16]}.json"), self._key(f"manifests/{name}.json")
        self._bucket.put(data_key, data)
        manifest = {
            "step": step,
            "epoch": self._epoch,
            "objects": [{"key": data_key, "sha256": digest, "bytes": len(data)}],
            "previous": self.last.manifest if self.last else None,
        }
        self._make_manifest(manifest_key, manifest)
        self.check_fence()
        self._move_latest({"epoch": self._epoch, "owner": self._owner, "step": step, "manifest": manifest_key})
        self.last = Checkpoint(step, self._epoch, manifest_key, state)
        return self.last

    def check_fence(self):
        fence, _ = self._read("FENCE")
        if fence and fence["epoch"] > self._epoch:
            raise Fenced(f"epoch {fence['epoch']} has taken over from epoch {self._epoch}")

    def _raise_fence(self):
        while True:
            self.check_fence()
            fence, tag = self._read("FENCE")
            if fence and fence["epoch"] >= self._epoch:
                return
            try:
                self._bucket.put(self._key("FENCE"), encode({"epoch": self._epoch}), if_match=tag, if_absent=tag is None)
                return
            except PreconditionFailed:
                continue

    def _make_manifest(self, key, manifest):
        try:
            self._bucket.put(key, encode(manifest), if_absent=True)
        except PreconditionFailed:
            there = self._bucket.get(key)
            # our own, whose answer was lost, or that of this epoch's trainer before it was restarted: the same work
            if not there or self._parse(there[0], key).get("objects") != manifest["objects"]:
                raise Fenced(f"another trainer of epoch {self._epoch} wrote {key} with other content") from None

    def _move_latest(self, pointer):
        while True:
            try:
                self._latest_tag = self._bucket.put(self._key("LATEST"), encode(pointer), if_match=self._latest_tag, if_absent=self._latest_tag is None)
                return
            except PreconditionFailed:
                latest, self._latest_tag = self._read("LATEST")
                if latest == pointer:
                    return
                self._check_owner(latest)
                if latest and latest["epoch"] == self._epoch and latest["owner"] != self._owner:
                    raise Fenced(f"{latest['owner']} has taken over within epoch {self._epoch}") from None
                self._log("latest_moved_by_other", latest=latest)

    def _check_owner(self, latest):
        if latest and latest["epoch"] > self._epoch:
            raise Fenced(f"epoch {latest['epoch']} has taken over from epoch {self._epoch}")

    def _newest_valid(self, latest):
        """The newest checkpoint on the line that LATEST ends, whose data are what its manifest says."""
        for epoch, step, key in self._candidates(latest):
            found = self._load(step, epoch, key)
            if found:
                return found
        return None

    def _candidates(self, latest):
        found = []
        for key in self._bucket.keys(self._key("manifests/")):
            name = MANIFEST.search(key)
            if not name:
                continue
            step, epoch = int(name[1]), int(name[2])
            # beyond LATEST only its own writer's count: one that had been fenced may have gone on for a while
            if epoch > self._epoch or (latest and step > latest["step"] and epoch != latest["epoch"]):
                continue
            found.append((epoch, step, key))
        return sorted(found, reverse=True)

    def _load(self, step, epoch, key):
        try:
            manifest = json.loads(self._bucket.get(key)[0])
            (entry,) = manifest["objects"]
            there = self._bucket.get(entry["key"])
            if there and len(there[0]) == entry["bytes"] and hashlib.sha256(there[0]).hexdigest() == entry["sha256"]:
                return Checkpoint(step, epoch, key, json.loads(there[0]))
            reason = "its data are not what the manifest says" if there else "its data are missing"
        except (TypeError, ValueError, KeyError) as error:
            reason = f"its manifest cannot be read: {error!r}"
        self._log("checkpoint_skipped", manifest=key, reason=reason)
        return None

    def _read(self, name):
        """A document and its entity tag; a document that cannot be read counts as absent but keeps its tag."""
        there = self._bucket.get(self._key(name))
        if not there:
            return None, None
        document = self._parse(there[0], name)
        return document or None, there[1]

    def _parse(self, data, name):
        try:
            document = json.loads(data)
            return document if isinstance(document, dict) else {}
        except ValueError:
            self._log("document_unreadable", name=name)
            return {}

    def _key(self, name):
        return f"{self._prefix}/{name}"
