/**
 * A Slurm cluster of this machine's own for one test file: munged, slurmctld and as many slurmd as machines are wanted,
 * listening on loopback alone, without systemd, as root or as anybody. Every process is started here and ended here, by the
 * handle of the process that was started; the jobs' processes carry this cluster's SLURM_CONF in their environment.
 */
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;

/** Why there is no cluster to test with; undefined where there can be one. */
export function missingSlurm(): string | undefined {
  if (process.platform !== 'linux') return 'Slurm runs on Linux';
  const missing = ['munged', 'slurmctld', 'slurmd', 'sbatch'].filter((name) => !isInstalled(name));
  if (missing.length === 0) return undefined;
  return `${missing.join(', ')} not installed: apt-get install --no-install-recommends slurmctld slurmd slurm-client munge`;
}

function isInstalled(name: string): boolean {
  try {
    execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', name], { env: { PATH }, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export interface SlurmCluster {
  /** For the tools: SLURM_CONF among others. */
  readonly env: NodeJS.ProcessEnv;
  /** Standard output of one of Slurm's tools. */
  run(command: string, ...args: string[]): Promise<string>;
  /** Ends a machine's daemon and leaves the jobs' processes alive, as a broken network would. */
  cutOff(node: number): Promise<void>;
  /** Starts it again. */
  reconnect(node: number): void;
  /** Ends the controller, or starts it again; jobs go on meanwhile. */
  setController(isUp: boolean): Promise<void>;
  /** Process ids of this cluster's jobs. */
  jobProcesses(): number[];
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly nodes?: number;
  readonly cpus?: number;
}

export async function startSlurmCluster({ nodes = 2, cpus = 4 }: ClusterOptions = {}): Promise<SlurmCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'transferscope-slurm-'));
  // munged does not trust folders that others cannot look through.
  for (const name of ['', 'munge', 'state', 'log']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['', 'munge', 'state']) chmodSync(join(folder, name), 0o755);
  const key = join(folder, 'munge', 'key');
  writeFileSync(key, randomBytes(1024), { mode: 0o400 });
  const conf = join(folder, 'slurm.conf');
  writeFileSync(conf, await configuration(folder, nodes, cpus));
  const env = { ...process.env, PATH, SLURM_CONF: conf, LC_ALL: 'C' };
  const daemons = new Map<string, ChildProcess>();
  const start = (name: string, command: string, args: string[]): void => {
    daemons.set(name, spawn(command, args, { env, stdio: 'ignore', detached: true }));
  };
  const run = async (command: string, ...args: string[]): Promise<string> =>
    (await promisify(execFile)(command, args, { env, timeout: 60_000 })).stdout;
  const startNode = (node: number): void => start(`n${node}`, 'slurmd', ['-D', '-N', `n${node}`]);
  const place = (name: string): string => join(folder, 'munge', name);
  start('munged', 'munged', [
    ...['-F', `--key-file=${key}`, `--socket=${place('socket')}`, `--pid-file=${place('pid')}`],
    ...[`--log-file=${join(folder, 'log', 'munged')}`, `--seed-file=${place('seed')}`],
  ]);
  const cluster: SlurmCluster = {
    env,
    run,
    cutOff: (node) => end(daemons.get(`n${node}`)),
    reconnect: startNode,
    setController: async (isUp) => {
      if (isUp) start('slurmctld', 'slurmctld', ['-D']);
      else await end(daemons.get('slurmctld'));
    },
    jobProcesses: () => findJobProcesses(conf),
    stop: async () => {
      await run('scancel', '-u', userInfo().username).catch(() => '');
      for (const pid of findJobProcesses(conf)) killIfThere(pid);
      for (const name of [...daemons.keys()].reverse()) await end(daemons.get(name));
      for (const pid of findJobProcesses(conf)) killIfThere(pid);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await until('munged', () => run('munge', '-S', place('socket'), '-n'));
    start('slurmctld', 'slurmctld', ['-D', '-i']);
    for (let node = 1; node <= nodes; node++) startNode(node);
    await until('its machines', async () => {
      const idle = (await run('sinfo', '-h', '-N', '-p', 'main', '-t', 'idle', '-o', '%N')).trim().split('\n');
      if (idle.filter((line) => line !== '').length < nodes) throw new Error('not yet');
    });
  } catch (error) {
    const log = readFileSync(join(folder, 'log', 'slurmctld'), { encoding: 'utf8', flag: 'a+' }).slice(-2000);
    await cluster.stop();
    throw new Error(`no cluster: ${String(error)}\n${log}`);
  }
  return cluster;
}

async function until(what: string, look: () => Promise<unknown>): Promise<void> {
  for (const limit = performance.now() + 60_000; ;) {
    try {
      return void (await look());
    } catch (error) {
      if (performance.now() > limit) throw new Error(`${what} did not come up: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Two partitions: jobs of `main` push those of `spot` aside, which are queued again. */
async function configuration(folder: string, nodes: number, cpus: number): Promise<string> {
  const ports = await freePorts(nodes + 1);
  const host = hostname().split('.')[0];
  const user = userInfo().username;
  const machines = Array.from(
    { length: nodes },
    (_, i) =>
      `NodeName=n${i + 1} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports[i + 1]} CPUs=${cpus} RealMemory=8000`,
  );
  return `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmUser=${user}
SlurmdUser=${user}
SlurmctldPort=${ports[0]}
AuthType=auth/munge
AuthInfo=socket=${join(folder, 'munge', 'socket')}
CredType=cred/munge
SlurmctldPidFile=${join(folder, 'slurmctld.pid')}
SlurmdPidFile=${join(folder, 'slurmd.%n.pid')}
StateSaveLocation=${join(folder, 'state')}
SlurmdSpoolDir=${join(folder, 'spool.%n')}
SlurmctldLogFile=${join(folder, 'log', 'slurmctld')}
SlurmdLogFile=${join(folder, 'log', 'slurmd.%n')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
ReturnToService=2
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,sched_min_interval=0,bf_interval=2,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobRequeue=1
KillWait=5
MinJobAge=300
SlurmctldTimeout=30
SlurmdTimeout=6
MessageTimeout=3
InactiveLimit=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
${machines.join('\n')}
PartitionName=main Nodes=n[1-${nodes}] Default=YES MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
PartitionName=spot Nodes=n[1-${nodes}] MaxTime=INFINITE State=UP PriorityTier=1 PreemptMode=REQUEUE GraceTime=0
`;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address) ports.push(address.port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(timer);
}

/** Processes that Slurm started for jobs of this cluster: by what stands in their environment. */
function findJobProcesses(conf: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      const isJob = variables.some((variable) => variable.startsWith('SLURM_JOB_ID='));
      return isJob && variables.includes(`SLURM_CONF=${conf}`) ? [pid] : [];
    } catch {
      return [];
    }
  });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
