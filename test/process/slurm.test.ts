/**
 * The built command on a real Slurm cluster of this machine's own: whatever is done to its jobs, results must equal those of
 * one worker here, bit for bit. Needs Slurm's Debian packages; skipped with the reason where they are missing.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparable, experimentText, leftovers, lines, readManifest, writeTinyImages } from '../pipeline/tinyRun';
import { makeFolder } from '../pipeline/tinyWorld';
import { missingSlurm, startSlurmCluster, type SlurmCluster } from '../support/slurmCluster';
import { copyProgram, type Ended, type Program } from './realProgram';

const missing = missingSlurm();
const RUN = 'tiny-1';
const STEPS = 60;
/** Jobs start when the cluster's scheduler has its turn; a loaded machine needs minutes. */
const LIMIT_MS = 300_000;

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** It may have ended. */
function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Nobody is there.
  }
}

describe.skipIf(missing !== undefined)(
  `a Slurm cluster${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let program: Program;
    let cluster: SlurmCluster;
    let folder: ReturnType<typeof makeFolder>;
    let place = '';
    let expected: Record<string, unknown>;

    beforeAll(async () => {
      program = copyProgram();
      folder = makeFolder();
      place = join(folder.path, `it's 100% "a" $HOME; folder`);
      mkdirSync(place);
      await writeTinyImages(join(place, 'images'), 6);
      const pretrainings = [lines.moco(STEPS), lines.supervised(16)];
      writeFileSync(
        join(place, 'tiny.transfer.yaml'),
        experimentText({ pretrainings, transfers: [lines.probe, lines.neighbours] }),
      );
      const rows = [lines.moco(4), lines.supervised(4), lines.random];
      const twin = experimentText({ pretrainings: rows, transfers: [lines.probe, lines.neighbours] });
      writeFileSync(join(place, 'twin.transfer.yaml'), twin.replace('seeds: [0]', 'seeds: [0, 1]'));
      const local = program.run(place, ['run', 'tiny.transfer.yaml', '--json', '--out', 'local']);
      cluster = await startSlurmCluster({ nodes: 2, cpus: 2 });
      expect((await local).code).toBe(0);
      expected = comparable(join(place, 'local'), RUN);
    }, LIMIT_MS);
    afterAll(async () => {
      await cluster?.stop();
      program?.remove();
      folder?.remove();
    });

    const at = (out: string, ...names: string[]): string => join(place, out, ...names);
    const tell = (...args: string[]): Promise<Ended> => program.run(place, args, cluster.env);
    const submit = (out: string, ...more: string[]) =>
      tell('submit', 'tiny.transfer.yaml', '--out', out, '--grace', '10', ...more);
    const until = async (what: string, look: () => Promise<boolean> | boolean) => {
      for (const limit = performance.now() + LIMIT_MS; !(await look());) {
        if (performance.now() > limit) throw new Error(`waited too long for ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    };
    const stageFile = (out: string, name: string): string => {
      const { stages } = readManifest(at(out), RUN);
      return at(out, 'stages', stages.find(({ id }) => id === 'moco/seed-0')!.key, name);
    };
    /** The long pretraining has written points of its curve, and a checkpoint. */
    const midway = (out: string) =>
      until('the training', () => {
        const file = stageFile(out, 'metrics.jsonl');
        return (
          existsSync(file) &&
          readFileSync(file, 'utf8').split('\n').length > 4 &&
          existsSync(stageFile(out, 'training.safetensors'))
        );
      });
    const trainingJob = (out: string): string => {
      const engine = at(out, 'runs', RUN, 'engine');
      const name = readdirSync(engine).find((file) => /-pretraining-.*\.json$/.test(file))!;
      return `${(JSON.parse(readFileSync(join(engine, name), 'utf8')) as { id: string }).id}_0`;
    };
    const isQueuedAgain = async (job: string): Promise<boolean> =>
      (await cluster.run('squeue', '-h', '-r', '-t', 'PENDING', '-o', '%F_%K')).split('\n').includes(job);
    const attempts = (out: string): string[] =>
      readdirSync(at(out, 'runs', RUN, 'parts')).filter((name) => /-pretraining-.*\.0\..*\d\.json$/.test(name));
    /** Jobs that were queued again wait for two minutes, which their owner may cut short. */
    const hurry = async () => {
      const waiting = (await cluster.run('squeue', '-h', '-r', '-t', 'PENDING', '-o', '%F_%K %r')).split('\n');
      for (const line of waiting.filter((text) => text.endsWith('BeginTime')))
        await cluster.run('scontrol', 'update', `JobId=${line.split(' ')[0]}`, 'StartTime=now').catch(() => '');
    };
    const finish = async (out: string, results = expected) => {
      let state = '';
      await until(`the end of ${out}`, async () => {
        await hurry();
        const { out: text } = await tell('queue', RUN, '--json', '--out', out);
        [{ state }] = JSON.parse(text) as [{ state: string }];
        return ['done', 'failed', 'stopped'].includes(state);
      });
      expect(state).toBe('done');
      expect(comparable(at(out), RUN)).toEqual(results);
      expect(leftovers(at(out))).toEqual([]);
    };

    it('is found fit by the doctor, down to a job that answers', async () => {
      const { code, out } = await tell('doctor', '--json', '--out', 'doctor');
      expect(JSON.parse(out)).toMatchObject([
        ...[{ name: 'commands' }, { name: 'controller' }, { name: 'settings' }, { name: 'partitions' }],
        { name: 'job', ok: true, message: expect.stringMatching(/wasm.*the folder takes hard links/) as string },
      ]);
      expect(code).toBe(0);
    });

    it(
      'gives thirty stages the tables that one worker and two give, though the submitter was killed before it wrote down the id; gets no secrets',
      async () => {
        const bin = join(folder.path, 'bin');
        mkdirSync(bin);
        const sbatch = (await cluster.run('/bin/sh', '-c', 'command -v sbatch')).trim();
        const script = [
          '#!/bin/sh',
          `[ "$1" = --version ] && exec ${sbatch} "$@"`,
          `${sbatch} "$@"`,
          'kill -9 $PPID',
          '',
        ];
        writeFileSync(join(bin, 'sbatch'), script.join('\n'));
        chmodSync(join(bin, 'sbatch'), 0o755);
        const spoilt = { SECRET_TOKEN: 'unheard-of', SBATCH_TIMELIMIT: 'nonsense' };
        const env = { ...cluster.env, ...spoilt, PATH: `${bin}${delimiter}${cluster.env.PATH}` };
        const args = [
          'submit',
          'twin.transfer.yaml',
          '--out',
          'killed',
          '--pack',
          '12',
          '--setup',
          'env > environment',
        ];
        expect((await program.run(place, args, env)).signal).toBe('SIGKILL');
        for (const workers of ['1', '2'])
          await program.run(place, ['run', 'twin.transfer.yaml', '--out', `twin-${workers}`, '--workers', workers]);
        const twin = comparable(join(place, 'twin-1'), RUN);
        expect(Object.keys(twin)).toHaveLength(30);
        expect(comparable(join(place, 'twin-2'), RUN)).toEqual(twin);
        await finish('killed', twin);
        expect(attempts('killed')).toHaveLength(1);
        const tables = ['twin-1', 'twin-2', 'killed'].map((out) =>
          tell('report', RUN, '--format', 'csv', '--out', out),
        );
        expect(new Set((await Promise.all(tables)).map(({ out }) => out)).size).toBe(1);
        const environment = readFileSync(at('killed', 'runs', RUN, 'environment'), 'utf8');
        expect(environment).toContain('SLURM_JOB_ID=');
        expect(environment).not.toContain('unheard-of');
        const { code, out } = await tell('queue', RUN, '--watch', '--out', 'killed');
        expect({ code, out }).toEqual({
          code: 0,
          out: expect.stringContaining('tiny-1: done · 30/30 stages') as string,
        });
      },
      LIMIT_MS,
    );

    it('stops and resumes: cancel, then resume, goes on at the checkpoint', async () => {
      await submit('cancelled');
      await midway('cancelled');
      expect((await tell('cancel', RUN, '--out', 'cancelled')).code).toBe(0);
      await until('the end of its jobs', async () => (await cluster.run('squeue', '-h')).trim() === '');
      const { out } = await tell('ls', '--out', 'cancelled');
      expect(out).toMatch(/tiny-1\s+stopped/);
      expect((await tell('resume', RUN, '--out', 'cancelled')).out).toContain('submitted');
      await finish('cancelled');
    });

    it(
      'checkpoints and queues itself again when its time is nearly up',
      async () => {
        await submit('timed');
        await midway('timed');
        await cluster.run('scancel', '--signal=USR2', '--batch', trainingJob('timed'));
        await until('the job in the queue again', () => isQueuedAgain(trainingJob('timed')));
        await finish('timed');
        expect(attempts('timed')).toHaveLength(2);
      },
      LIMIT_MS,
    );

    it(
      'gives way to jobs with priority, and goes on beside a machine that is drained, also with a torn checkpoint',
      async () => {
        await submit('moved', '--partition', 'spot');
        await midway('moved');
        await cluster.run('scontrol', 'update', 'NodeName=n1', 'State=DRAIN', 'Reason=test');
        const wrap = ['--wrap', 'sleep 600'];
        const urgent = await cluster.run('sbatch', '--parsable', '-w', 'n2', '-c', '2', '-o', '/dev/null', ...wrap);
        try {
          await cluster.run('scontrol', 'requeue', trainingJob('moved'));
          await until('the job in the queue again', () => isQueuedAgain(trainingJob('moved')));
          truncateSync(stageFile('moved', 'training.safetensors'), 1000);
        } finally {
          await cluster.run('scancel', urgent.trim());
        }
        await finish('moved');
        const logs = at('moved', 'runs', RUN, 'logs');
        const said = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8'));
        expect(said.join('')).toMatch(/the saved training state cannot be used \(.*\); the training starts again/);
        await cluster.run('scontrol', 'update', 'NodeName=n1', 'State=RESUME');
      },
      LIMIT_MS,
    );

    it(
      'loses nothing when the controller is away and a machine is cut off: its old processes, woken up later, end fenced',
      async () => {
        await submit('split');
        await midway('split');
        // Held at once, so that the training is under way still, however quick the machine.
        const frozen = cluster.jobProcesses().filter((pid) => commandOf(pid).includes('-pretraining-'));
        const signal = (name: 'SIGSTOP' | 'SIGCONT') => frozen.forEach((pid) => tryKill(pid, name));
        signal('SIGSTOP');
        const isUp = () =>
          cluster.run('squeue', '-h').then(
            () => true,
            () => false,
          );
        try {
          await cluster.setController(false);
          const { code, out } = await tell('queue', RUN, '--out', 'split');
          expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('tiny-1: running') as string });
          const report = readFileSync(at('split', 'runs', RUN, 'engine', 'report.json'), 'utf8');
          expect(JSON.parse(report)).toMatchObject({ state: 'blind' });
          await cluster.setController(true);
          await until('the controller', isUp);
          const job = trainingJob('split');
          const where = (await cluster.run('squeue', '-h', '-r', '-j', job, '-o', '%N')).trim();
          await cluster.cutOff(Number(where.slice(1)));
          await until('the job in the queue again', () => isQueuedAgain(job));
          await until('its successor', async () => {
            await hurry();
            return attempts('split').length > 1;
          });
          signal('SIGCONT');
          await finish('split');
          cluster.reconnect(Number(where.slice(1)));
        } finally {
          signal('SIGCONT');
          // Tests after this one need it.
          if (!(await isUp())) await cluster.setController(true);
        }
        const log = readdirSync(at('split', 'runs', RUN, 'logs')).find((name) => name.includes('-pretraining-'))!;
        await until(
          'the end of the old process',
          () => !frozen.some((pid) => commandOf(pid).includes('-pretraining-')),
        );
        expect(readFileSync(at('split', 'runs', RUN, 'logs', log), 'utf8')).toMatch(/start 2, on/);
      },
      LIMIT_MS,
    );

    it(
      'lets a failure stay with what needs it',
      async () => {
        const pretrainings = [lines.supervised(60, 1000), lines.random];
        const text = experimentText({ pretrainings, transfers: [lines.probe], name: 'wild' });
        writeFileSync(join(place, 'wild.transfer.yaml'), text);
        await tell('submit', 'wild.transfer.yaml', '--out', 'wild');
        const { code, out } = await tell('queue', 'wild-1', '--watch', '--out', 'wild');
        expect(code).toBe(3);
        expect(out).toMatch(/supervised\/seed-0\s+failed/);
        expect(out).toMatch(/supervised\/seed-0\/probe\s+skipped/);
        expect(out).toContain('wild-1: failed · 4/8 stages');
      },
      LIMIT_MS,
    );
  },
);
