/** Slurm's words and ours, and how stages become jobs. */
import { describe, expect, it } from 'vitest';
import { explainReason, mapJobState, type JobState } from '../../../../src/runs/engines/slurm/jobStates';
import { cleanEnvironment, createToolRunner, parseJob } from '../../../../src/runs/engines/slurm/slurmTools';
import { groupArrays, groupTasks } from '../../../../src/runs/engines/slurm/taskGraph';
import type { PlannedStage } from '../../../../src/shared/results/runManifest';

/** Every word of squeue's manual, 22.05 to 24.11. */
const words: Record<JobState, string> = {
  queued: 'PENDING CONFIGURING REQUEUED REQUEUE_FED',
  held: 'REQUEUE_HOLD SPECIAL_EXIT SUSPENDED STOPPED RESV_DEL_HOLD',
  running: 'RUNNING COMPLETING STAGE_OUT SIGNALING RESIZING',
  ended:
    'COMPLETED FAILED CANCELLED TIMEOUT DEADLINE OUT_OF_MEMORY NODE_FAIL BOOT_FAIL LAUNCH_FAILED RECONFIG_FAIL PREEMPTED REVOKED',
  unknown: 'INVENTED_LATER',
};

describe('states', () => {
  it.each(Object.entries(words).flatMap(([state, list]) => list.split(' ').map((word) => [word, state])))(
    '%s is %s',
    (word, state) => {
      expect(mapJobState(word)).toBe(state);
    },
  );

  it('takes the first word, and a held job for held', () => {
    expect(mapJobState('CANCELLED by 0')).toBe('ended');
    expect(mapJobState('CANCELLED+')).toBe('ended');
    expect(mapJobState('PENDING', 'JobHeldUser')).toBe('held');
    expect(mapJobState('PENDING', 'launch failed requeued held')).toBe('held');
  });

  it('says reasons in words, and what it does not know as it is', () => {
    expect(explainReason('Dependency')).toBe('waits for what it needs');
    expect(explainReason('(null)')).toBe('queued');
    expect(explainReason('AssocGrpGRES')).toBe('waits: your limit AssocGrpGRES is reached');
    expect(explainReason('ReqNodeNotAvail, UnavailableNodes:n1')).toBe('waits for a machine that is down or reserved');
    expect(explainReason('SomethingNew')).toBe('SomethingNew');
  });
});

describe('tools', () => {
  it('reads lines with our columns and passes over others', () => {
    expect(parseJob('17|3|RUNNING|None|ts-a|b')).toEqual({
      ...{ name: 'ts-a|b', arrayId: '17', index: 3, state: 'running', reason: 'None' },
    });
    expect(parseJob('17|N/A|PENDING|Resources|x')).toMatchObject({ index: 0, state: 'queued' });
    expect(parseJob('slurm_load_jobs error: Unable to contact')).toBeUndefined();
  });

  it('passes arguments on as they are, whatever they hold, and says when a tool is missing or fails', async () => {
    const run = createToolRunner(process.env);
    const odd = [`it's`, 'a "b" $HOME; exit 1', '', '*'];
    const { ok, stdout } = await run(process.execPath, [
      '-e',
      'console.log(JSON.stringify(process.argv.slice(1)))',
      '--',
      ...odd,
    ]);
    expect({ ok, said: JSON.parse(stdout) as unknown }).toEqual({ ok: true, said: odd });
    expect(await run('no-such-tool', [])).toMatchObject({ ok: false, isMissing: true });
    expect(await run(process.execPath, ['-e', 'process.exit(3)'])).toMatchObject({
      ok: false,
      isLost: false,
      isMissing: false,
    });
    expect(await run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], 300)).toMatchObject({
      ok: false,
      isLost: true,
    });
  });

  it('keeps what users set for Slurm by hand away from it', () => {
    const env = cleanEnvironment({
      PATH: '/bin',
      SQUEUE_FORMAT: '%i',
      SBATCH_TIMELIMIT: '1',
      SLURM_CONF: '/etc/slurm.conf',
    });
    expect(env).toEqual({ PATH: '/bin', SLURM_CONF: '/etc/slurm.conf', LC_ALL: 'C', SLURM_TIME_FORMAT: 'standard' });
  });
});

describe('jobs', () => {
  it('10,000 stages become jobs and arrays in a moment', () => {
    const stages: PlannedStage[] = [];
    for (let row = 0; row < 100; row++) {
      const base = { label: '', pretraining: `p${row}`, seed: 0 };
      stages.push({ ...base, id: `p${row}`, key: `p${row}`, kind: 'pretraining', needs: [] });
      stages.push({ ...base, id: `p${row}/f`, key: `f${row}`, kind: 'features', needs: [`p${row}`] });
      for (let t = 0; t < 98; t++)
        stages.push({ ...base, id: `p${row}/t${t}`, key: `t${row}-${t}`, kind: 'transfer', needs: [`f${row}`] });
    }
    const began = performance.now();
    const tasks = groupTasks(stages, 1);
    const arrays = groupArrays(tasks, ({ needs }) => needs, 1000);
    // A hundredth of this on an idle machine.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(tasks).toHaveLength(100 + 9800);
    expect(arrays).toHaveLength(101);
  });
});
