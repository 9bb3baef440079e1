/** What is said where Slurm's tools are of no use: not installed is another thing than without a cluster to speak to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCluster } from '../../../../src/runs/engines/slurm/doctor';
import { createSlurmExecutor } from '../../../../src/runs/engines/slurm/slurm';
import { completeOptions } from '../../../../src/runs/engines/slurm/slurmOptions';
import { createSlurmTools, type SlurmTools } from '../../../../src/runs/engines/slurm/slurmTools';

const missing = { ok: false, stdout: '', stderr: '', isLost: true, isMissing: true };
const unset = {
  ...{ ok: false, stdout: '', isLost: false, isMissing: false },
  stderr: 'sbatch: error: DNS SRV lookup failed\nsbatch: fatal: Could not establish a configuration source',
};
const good = { ok: true, stdout: 'slurm 23.11\n', stderr: '', isLost: false, isMissing: false };

const program = { node: '/usr/bin/node', worker: '/opt/worker.js' };
const toolsThat = (run: (command: string) => typeof good): SlurmTools =>
  createSlurmTools((command) => Promise.resolve(run(command)));

describe('the small job', () => {
  it('asks for the machine that jobs will get', async () => {
    const out = mkdtempSync(join(tmpdir(), 'transferscope-doctor-'));
    const asked: string[] = [];
    const tools = createSlurmTools((command, args) => {
      if (command === 'sbatch' && args[0] !== '--version') asked.push(...args);
      if (command === 'sbatch' && args[0] !== '--version') return Promise.resolve({ ...good, ok: false, stderr: 'no' });
      return Promise.resolve({ ...good, stdout: 'Slurmctld(primary) at here is UP\n' });
    });
    const resources = { partition: 'gpu', gpus: 2, cpus: 4, memory: 8 };
    const options = completeOptions({ resources, account: 'lab', qos: 'high', constraint: 'a100' }, undefined, program);
    await checkCluster({ out, tools, options });
    rmSync(out, { recursive: true });
    const machine = '--gpus-per-node=2 -c 4 --mem 8192M -p gpu -A lab --qos high -C a100';
    expect(asked.join(' ')).toContain(` ${machine} `);
  });
});

describe('tools that are of no use', () => {
  it.each([
    ['all missing', () => missing, /^sbatch, squeue, scancel, scontrol, sinfo not found; load Slurm's module/],
    ['one missing', (name: string) => (name === 'sinfo' ? missing : good), /^sinfo not found/],
    ['no cluster', () => unset, /^sbatch does not answer \(Could not establish a configuration source\); .*SLURM_CONF/],
  ])('%s', async (_, answer, said) => {
    const tools = toolsThat(answer);
    const options = { resources: {}, setup: [], extra: [] } as unknown as Parameters<typeof checkCluster>[0]['options'];
    const checks = await checkCluster({ out: '/nowhere', tools, options });
    expect(checks).toEqual([{ name: 'commands', ok: false, message: expect.stringMatching(said) as string }]);
  });

  it('are told before anything is planned', async () => {
    const prepare = () => Promise.reject(new Error('planned all the same'));
    const engine = createSlurmExecutor({ out: '/nowhere', tools: toolsThat(() => unset), said: {}, program, prepare });
    await expect(engine.submitRun({ file: '/w/a.transfer.yaml', out: '/nowhere' })).rejects.toThrow(
      'sbatch does not answer (Could not establish a configuration source); submit from a machine of the cluster',
    );
  });
});
