/**
 * MLflow's file store: a folder for the experiment, in it one for each pretraining and seed with meta.yaml, a file for each
 * parameter, metric and tag, and artifacts. MLflow 3 reads it with MLFLOW_ALLOW_FILE_STORE=true, or takes it into a
 * database with `mlflow migrate-filestore`. Ids are made from names, so that exporting again replaces.
 */
import { stringify } from 'yaml';
import { sha256Hex } from '../hash';
import type { ExportFile } from './exportFiles';
import { pathName } from './safeNames';
import type { TrackedRun, TrackedStudy } from './trackedRuns';

/** MLflow's own limit of a parameter's value, characters. */
const LONGEST_VALUE = 6000;
/** Of RunStatus and SourceType in MLflow. */
const FINISHED = 3;
const LOCAL = 4;

export function mlflowFiles(study: TrackedStudy, folder: string): ExportFile[] {
  const { manifest, runs } = study;
  const experiment = experimentId(manifest.name);
  const created = Date.parse(manifest.createdAt);
  const meta = {
    artifact_location: `${folder}/${experiment}`,
    creation_time: created,
    experiment_id: experiment,
    last_update_time: created,
    lifecycle_stage: 'active',
    name: manifest.name,
  };
  return [
    { path: `${experiment}/meta.yaml`, content: stringify(meta) },
    ...runs.flatMap((run) => runFiles(study, run, { folder, experiment })),
  ];
}

/** 18 digits, as MLflow makes them; quoted in YAML, for they are text. */
function experimentId(name: string): string {
  return String(BigInt(`0x${sha256Hex(`experiment ${name}`).slice(0, 15)}`))
    .padStart(18, '1')
    .slice(0, 18);
}

interface Place {
  readonly folder: string;
  readonly experiment: string;
}

function runFiles({ manifest }: TrackedStudy, run: TrackedRun, { folder, experiment }: Place): ExportFile[] {
  const id = sha256Hex(`${manifest.run} ${run.name} ${manifest.createdAt}`).slice(0, 32);
  const base = `${experiment}/${id}`;
  const meta = {
    artifact_uri: `${folder}/${base}/artifacts`,
    end_time: run.finishedAt,
    entry_point_name: '',
    experiment_id: experiment,
    lifecycle_stage: 'active',
    run_id: id,
    run_name: `${manifest.run} ${run.name}`,
    run_uuid: id,
    source_name: 'transferscope',
    source_type: LOCAL,
    source_version: manifest.git?.commit ?? '',
    start_time: run.startedAt,
    status: FINISHED,
    tags: [],
    user_id: '',
  };
  const small = (kind: string, values: Iterable<readonly [string, string]>): ExportFile[] =>
    [...values].map(([name, content]) => ({ path: `${base}/${kind}/${pathName(name)}`, content }));
  const records = run.stages.map(({ record }) => record);
  return [
    { path: `${base}/meta.yaml`, content: stringify(meta) },
    ...small('tags', tagsOf(manifest, run)),
    ...small(
      'params',
      [...run.params].map(([name, value]) => [name, String(value).slice(0, LONGEST_VALUE)]),
    ),
    ...small('metrics', metricLines(run)),
    { path: `${base}/artifacts/records.json`, content: `${JSON.stringify(records, null, 1)}\n` },
  ];
}

function tagsOf(manifest: TrackedStudy['manifest'], run: TrackedRun): [string, string][] {
  return [
    ['mlflow.runName', `${manifest.run} ${run.name}`],
    ['mlflow.source.name', 'transferscope'],
    ['mlflow.source.type', 'LOCAL'],
    ...(manifest.git ? [['mlflow.source.git.commit', manifest.git.commit] as [string, string]] : []),
    ['transferscope.run', manifest.run],
    ['transferscope.pretraining', run.pretraining],
    ['transferscope.seed', String(run.seed)],
  ];
}

/** Lines `milliseconds value step`. */
function metricLines(run: TrackedRun): [string, string][] {
  const curves = run.curves.map(({ scope, metric, steps, values, times }): [string, string] => [
    `${scope}/${metric}`,
    steps.map((step, i) => `${times[i]} ${values[i]} ${step}\n`).join(''),
  ]);
  const finals = [...run.metrics].map(([name, value]): [string, string] => [name, `${run.finishedAt} ${value} 0\n`]);
  return [...curves, ...finals];
}
