"""Reads an export of `transferscope export` with the tracker's own library and prints it as JSON.

    python3 -m venv venv && venv/bin/pip install tensorboard==2.21.0 mlflow-skinny==3.17.2 dvc==3.67.1 wandb==0.19.11
    venv/bin/python test/support/readTracker.py tensorboard|mlflow|wandb|dvc FOLDER

wandb 0.19 is the last line of versions whose reader of transaction logs is Python; the format has not changed since.
"""
import glob
import json
import os
import subprocess
import sys


def read_tensorboard(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import plugin_data_pb2

    runs = {}
    for path in sorted(glob.glob(os.path.join(folder, "*", "*"))):
        events = EventAccumulator(path, size_guidance={"scalars": 0})
        events.Reload()
        scalars = {
            tag: [[e.step, e.wall_time, e.value] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]
        }
        hparams = {}
        for tag, content in events.PluginTagToContent("hparams").items():
            data = plugin_data_pb2.HParamsPluginData.FromString(content)
            if data.WhichOneof("data") == "session_start_info":
                for name, value in data.session_start_info.hparams.items():
                    hparams[name] = getattr(value, value.WhichOneof("kind"))
            if data.WhichOneof("data") == "session_end_info":
                hparams["status"] = data.session_end_info.status
        runs[os.path.relpath(path, folder)] = {"scalars": scalars, "params": hparams}
    return runs


def read_mlflow(folder):
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=folder)
    runs = {}
    for experiment in client.search_experiments():
        for run in client.search_runs([experiment.experiment_id]):
            curves = {
                name: [[m.step, m.timestamp, m.value] for m in client.get_metric_history(run.info.run_id, name)]
                for name in run.data.metrics
            }
            artifacts = [one.path for one in client.list_artifacts(run.info.run_id)]
            runs[run.info.run_name] = {
                "experiment": experiment.name,
                "status": run.info.status,
                "scalars": curves,
                "params": run.data.params,
                "tags": run.data.tags,
                "artifacts": artifacts,
            }
    return runs


def read_wandb(folder):
    from wandb.proto import wandb_internal_pb2
    from wandb.sdk.internal.datastore import DataStore

    runs = {}
    for path in sorted(glob.glob(os.path.join(folder, "offline-run-*", "run-*.wandb"))):
        store = DataStore()
        store.open_for_scan(path)
        found = {"params": {}, "scalars": {}, "summary": {}, "kinds": []}
        while (data := store.scan_data()) is not None:
            record = wandb_internal_pb2.Record()
            record.ParseFromString(data)
            kind = record.WhichOneof("record_type")
            found["kinds"].append(kind)
            if kind == "run":
                found.update(name=record.run.display_name, project=record.run.project, group=record.run.run_group)
                found["params"] = {item.key: json.loads(item.value_json) for item in record.run.config.update}
            if kind == "history":
                row = {item.nested_key[0] if item.nested_key else item.key: json.loads(item.value_json) for item in record.history.item}
                for name, value in row.items():
                    if not name.startswith("_"):
                        found["scalars"].setdefault(name, []).append([row["_step"], row["_timestamp"], value])
            if kind == "summary":
                found["summary"] = {item.key: json.loads(item.value_json) for item in record.summary.update}
        runs[found["name"]] = found
    return runs


def read_dvc(folder):
    def call(*arguments):
        dvc = os.path.join(os.path.dirname(sys.executable), "dvc")
        return subprocess.run([dvc, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout

    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    call("init", "-q")
    user = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    subprocess.run(["git", *user, "commit", "-qm", "export"], cwd=folder, check=True)
    return {
        "metrics": json.loads(call("metrics", "show", "--json")),
        "params": json.loads(call("params", "diff", "--all", "--json", "HEAD")),
        "plots": json.loads(call("plots", "show", "--json")),
    }


readers = {"tensorboard": read_tensorboard, "mlflow": read_mlflow, "wandb": read_wandb, "dvc": read_dvc}
print(json.dumps(readers[sys.argv[1]](sys.argv[2])))
