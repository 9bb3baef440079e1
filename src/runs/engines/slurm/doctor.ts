/** Whether jobs can be handed to Slurm here and will find what they need there, check by check; the last one is a job. */
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SlurmOptions } from '../../../shared/results/submission';
import type { DoctorCheck } from '../../executor';
import { EngineFolder } from './engineFolder';
import { describeUseless, type SlurmTools } from './slurmTools';
import { machineOptions } from './submitArray';

export interface ClusterParts {
  readonly out: string;
  readonly tools: SlurmTools;
  readonly options: SlurmOptions;
  /** How long the probing job may take, ms. */
  readonly probeMs?: number;
}

const PROBE_MS = 120_000;
const POLL_MS = 500;

export async function checkCluster(parts: ClusterParts): Promise<readonly DoctorCheck[]> {
  const commands = await checkCommands(parts.tools);
  if (!commands.ok) return [commands];
  const isUp = await parts.tools.isUp();
  const advice = 'scontrol ping finds no controller; ask whoever runs the cluster';
  const controller = { name: 'controller', ok: isUp, message: isUp ? 'answers' : advice };
  if (!isUp) return [commands, controller];
  return [commands, controller, await checkConfig(parts.tools), await checkPartitions(parts), await probe(parts)];
}

async function checkCommands(tools: SlurmTools): Promise<DoctorCheck> {
  const names = ['sbatch', 'squeue', 'scancel', 'scontrol', 'sinfo'];
  const answers = await Promise.all(names.map((name) => tools.run(name, ['--version'], 15_000)));
  const missing = names.filter((_, i) => answers[i]!.isMissing);
  const useless = names.flatMap((name, i) => describeUseless(name, answers[i]!) ?? []);
  const message =
    missing.length > 0
      ? `${missing.join(', ')} not found; load Slurm's module or add it to PATH`
      : useless.length > 0
        ? `${useless[0]!}; load Slurm's module or set SLURM_CONF to the cluster's slurm.conf`
        : answers[0]!.stdout.trim();
  return { name: 'commands', ok: useless.length === 0, message };
}

async function checkConfig(tools: SlurmTools): Promise<DoctorCheck> {
  const { stdout } = await tools.run('scontrol', ['show', 'config'], 15_000);
  const value = (key: string): string =>
    new RegExp(`^${key}\\s*=\\s*(.*)$`, 'm').exec(stdout)?.[1]?.trim() ?? 'unknown';
  const keys = ['MaxArraySize', 'MinJobAge', 'JobRequeue', 'KillWait', 'PreemptMode', 'AccountingStorageType'];
  const isRequeued = value('JobRequeue') !== '0';
  const note = isRequeued
    ? ''
    : '; JobRequeue=0: jobs that are pre-empted or lose their machine are not started again by Slurm';
  return { name: 'settings', ok: true, message: keys.map((key) => `${key} ${value(key)}`).join(', ') + note };
}

async function checkPartitions({ tools, options }: ClusterParts): Promise<DoctorCheck> {
  const { stdout } = await tools.run('sinfo', ['-h', '-o', '%P|%a|%l|%D|%G'], 15_000);
  const found = stdout.split('\n').flatMap((line) => {
    const [name = '', state = '', limit = '', nodes = '', gres = ''] = line.trim().split('|');
    return name === ''
      ? []
      : [{ name, text: `${name} (${state}, time ${limit}, ${nodes} machines${gres === '(null)' ? '' : `, ${gres}`})` }];
  });
  const names = found.map(({ name }) => name.replace('*', ''));
  const wanted = options.resources.partition?.split(',') ?? [];
  const missing = wanted.filter((name) => !names.includes(name));
  const list = found.map(({ text }) => text).join(', ');
  const message = missing.length > 0 ? `there is no partition ${missing.join(', ')}; there are ${list}` : list;
  return { name: 'partitions', ok: found.length > 0 && missing.length === 0, message };
}

/** A job that looks at the folder, the program and the file system from where the work will be done. */
async function probe({ out, tools, options, probeMs = PROBE_MS }: ClusterParts): Promise<DoctorCheck> {
  const name = 'job';
  const place = join(out, `probe-${randomBytes(4).toString('hex')}`);
  const folder = new EngineFolder(place);
  try {
    await folder.make();
    const nonce = randomBytes(8).toString('hex');
    await writeFile(join(place, 'nonce'), nonce);
    const script = await folder.writeScript('probe', options.setup);
    const log = join(folder.logs, 'probe.log').replaceAll('%', '%%');
    const args = ['--parsable', '-J', 'ts-probe', '-t', '2', '-D', place, '-o', log, '--export=PATH,HOME,LANG'];
    const program = [options.node, options.worker, 'probe', place];
    const { ok, stdout, stderr } = await tools.run('sbatch', [
      ...args,
      ...machineOptions(options),
      ...options.extra,
      script,
      ...program,
    ]);
    if (!ok) return { name, ok, message: `sbatch refuses: ${stderr}` };
    const id = stdout.trim().split(';')[0]!;
    const answer = await waitForProbe(join(place, 'answer.json'), probeMs);
    if (!answer)
      return {
        name,
        ok: false,
        message: await explainSilence({ tools, id, log: join(folder.logs, 'probe.log'), probeMs }),
      };
    return answer.nonce === nonce
      ? { name, ok: answer.ok, message: answer.message }
      : { name, ok: false, message: `the job sees another ${place}; keep results in a folder that all machines share` };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

interface ProbeAnswer {
  readonly nonce: string;
  readonly ok: boolean;
  readonly message: string;
}

async function waitForProbe(file: string, limitMs: number): Promise<ProbeAnswer | undefined> {
  for (const until = performance.now() + limitMs; performance.now() < until;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as ProbeAnswer;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return undefined;
}

async function explainSilence(parts: {
  readonly tools: SlurmTools;
  readonly id: string;
  readonly log: string;
  readonly probeMs: number;
}): Promise<string> {
  const { tools, id, log, probeMs } = parts;
  const state = (await tools.run('squeue', ['-h', '-j', id, '-o', '%T (%r)'], 15_000)).stdout.trim();
  await tools.cancel([id]);
  const said = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-3).join(' ');
  const waits = state === '' ? 'it has ended' : `it is ${state}`;
  return `a small job gave no answer within ${probeMs / 1000} s: ${waits}${said === '' ? '' : `; it said: ${said}`}`;
}
