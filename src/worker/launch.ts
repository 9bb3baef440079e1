/** How a run was asked for: from a request, or for a resumed run from what it wrote down when it began. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { runtimeNames, type RuntimeName } from '../shared/experiment/runtimeName';
import { addAnalysis, type AnalysisText } from '../shared/experiment/addAnalysis';
import { UserError } from '../shared/errors';
import type { RunRequest } from '../shared/protocol/worker';
import { RECORD_VERSION } from '../shared/results/records';
import type { RunManifest } from '../shared/results/runManifest';
import { assetPath } from './data/assets';
import { readExperimentText } from './experimentLoader';

export interface Launch {
  readonly text: string;
  /** Absolute path of the experiment file. */
  readonly file: string;
  /** Folder that relative paths refer to. */
  readonly baseDir: string;
  readonly runtime?: RuntimeName | 'auto';
  readonly seeds?: readonly number[];
  readonly only?: readonly string[];
  /** In the text already. */
  readonly analyses?: readonly AnalysisText[];
  /** When a resumed run was first launched. */
  readonly createdAt?: string;
  /** Keys of the stages that a resumed run had planned. */
  readonly plannedKeys?: readonly string[];
}

export async function readLaunch(request: RunRequest): Promise<Launch> {
  if (request.resume !== undefined) return readResumed(request.out, request.resume, request.runtime);
  const { file, analyses = [] } = request;
  const written = await readExperimentText(file);
  return {
    text: analyses.reduce((text, analysis) => addAnalysis(text, file, analysis), written),
    file: request.file,
    baseDir: path.dirname(request.file),
    ...(request.runtime && { runtime: toRuntimeName(request.runtime) }),
    ...(request.seeds && request.seeds.length > 0 && { seeds: request.seeds }),
    ...(request.only && request.only.length > 0 && { only: request.only }),
    ...(analyses.length > 0 && { analyses }),
  };
}

/** A resumed run goes on with the file as it was launched, whatever became of it since. */
async function readResumed(out: string, run: string, runtime: string | undefined): Promise<Launch> {
  const folder = path.join(out, 'runs', run);
  try {
    const manifest = JSON.parse(await readFile(path.join(folder, 'manifest.json'), 'utf8')) as RunManifest;
    if (manifest.version !== RECORD_VERSION) throw otherVersion(folder, manifest.version);
    const { launch } = manifest;
    const chosen = runtime ?? launch.runtime ?? manifest.runtime.name;
    return {
      text: await readFile(path.join(folder, 'experiment.yaml'), 'utf8'),
      file: manifest.file,
      baseDir: manifest.baseDir,
      createdAt: manifest.createdAt,
      plannedKeys: manifest.stages.map(({ key }) => key),
      runtime: toRuntimeName(chosen),
      ...(launch.seeds && { seeds: launch.seeds }),
      ...(launch.only && { only: launch.only }),
      ...(launch.analyses && { analyses: launch.analyses }),
    };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      'storage',
      `${folder} cannot be resumed: its manifest or experiment cannot be read; launch the experiment again`,
    );
  }
}

function otherVersion(folder: string, version: number): UserError {
  const message = `${folder} was written by another version of Transferscope (format ${version}, this one has ${RECORD_VERSION}); launch the experiment again`;
  return new UserError('storage', message);
}

function toRuntimeName(name: string): RuntimeName | 'auto' {
  const known = [...runtimeNames, 'auto'] as const;
  const found = known.find((candidate) => candidate === name);
  if (!found) throw new UserError('config', `there is no runtime called "${name}"; choose ${known.join(', ')}`);
  return found;
}

/** Commit and cleanliness of the workspace, when it is a git checkout. */
export async function describeGit(folder: string): Promise<{ commit: string; dirty: boolean } | undefined> {
  const git = (...args: string[]) => promisify(execFile)('git', ['-C', folder, ...args], { timeout: 5_000 });
  try {
    const commit = (await git('rev-parse', 'HEAD')).stdout.trim();
    const dirty = (await git('status', '--porcelain', '--untracked-files=no')).stdout.trim() !== '';
    return { commit, dirty };
  } catch {
    return undefined;
  }
}

export async function describeVersions(): Promise<Record<string, string>> {
  const text = await readFile(assetPath('package.json'), 'utf8').catch(() => '{}');
  const { version = 'unknown' } = JSON.parse(text) as { version?: string };
  return { transferscope: version, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
}
