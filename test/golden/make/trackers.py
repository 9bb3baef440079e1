"""Bytes that TensorBoard's and Weights & Biases' own writers make of a few records, for test/unit/shared/exchange.

    python3 -m venv venv && venv/bin/pip install tensorboard==2.19.0 wandb==0.19.11 'setuptools<80'
    venv/bin/python test/golden/make/trackers.py > test/golden/data/trackers.json
"""
import hashlib
import io
import json
import tempfile

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter
from wandb.sdk.internal.datastore import DataStore

stream = io.BytesIO()
writer = RecordWriter(stream)
first = event_pb2.Event(wall_time=1700000000.25, file_version="brain.Event:2")
value = summary_pb2.Summary.Value(tag="pretraining/loss", simple_value=1.5)
scalar = event_pb2.Event(wall_time=1700000001.5, step=300, summary=summary_pb2.Summary(value=[value]))
for event in (first, scalar):
    writer.write(event.SerializeToString())

# Lengths around the ends of blocks: nothing, one piece, a gap of less than a header, several blocks.
lengths = [0, 1, 200, 32_768 - 7 - 7 - 14 - 201 - 5 - 7, 3, 100_000, 32_768, 7]
path = tempfile.mktemp(suffix=".wandb")
store = DataStore()
store.open_for_write(path)
for number, length in enumerate(lengths):
    store._write_data(bytes((number + i) % 251 for i in range(length)))
store.close()
log = open(path, "rb").read()

print(json.dumps({
    "events": stream.getvalue().hex(),
    "log": {"lengths": lengths, "bytes": len(log), "sha256": hashlib.sha256(log).hexdigest(), "start": log[:32].hex()},
}, indent=1))
