/**
 * Slurm's tools as a table of jobs in memory: sbatch, squeue, scancel, scontrol and sacct, as far as the engine uses them,
 * with the faults that real ones have. Nothing is computed; tests move jobs from state to state.
 */
import type { SlurmTools, ToolResult } from '../../src/runs/engines/slurm/slurmTools';

interface FakeJob {
  readonly name: string;
  readonly arrayId: number;
  readonly index: number;
  state: string;
  reason: string;
}

export class FakeSlurm {
  readonly jobs: FakeJob[] = [];
  /** Arguments of every sbatch that was called. */
  readonly calls: (readonly string[])[] = [];
  /** The controller does not answer. */
  isAway = false;
  /** What the next calls of sbatch do instead of answering. */
  readonly faults: ('acceptsAndTimesOut' | 'timesOut' | 'limit' | 'refuses')[] = [];
  mostJobs = Infinity;
  maxArraySize = 1001;
  private nextId = 10;

  readonly run: SlurmTools['run'] = (command, args) => Promise.resolve(this.answer(command, args));

  /** Jobs that squeue would show with these states. */
  active(): FakeJob[] {
    return this.jobs.filter(({ state }) => !['COMPLETED', 'FAILED', 'CANCELLED'].includes(state));
  }

  end(jobs: readonly FakeJob[], state = 'COMPLETED'): void {
    for (const job of jobs) job.state = state;
  }

  private answer(command: string, args: readonly string[]): ToolResult {
    if (args[0] === '--version') return good('slurm-wlm 22.05.8\n');
    if (this.isAway) return bad('Unable to contact slurm controller (connect failure)');
    switch (command) {
      case 'sbatch':
        return this.submit(args);
      case 'squeue': {
        const names = valueOf(args, '-n').split(',');
        const rows = this.jobs.filter(({ name }) => names.includes(name));
        return good(rows.map((job) => `${job.arrayId}|${job.index}|${job.state}|${job.reason}|${job.name}\n`).join(''));
      }
      case 'scancel':
        return this.cancel(args);
      case 'scontrol':
        return good(
          args[0] === 'ping' ? 'Slurmctld(primary) at host is UP\n' : `MaxArraySize = ${this.maxArraySize}\n`,
        );
      default:
        return bad('Slurm accounting storage is disabled');
    }
  }

  private submit(args: readonly string[]): ToolResult {
    this.calls.push(args);
    const fault = this.faults.shift();
    if (fault === 'timesOut') return bad('Socket timed out on send/recv operation');
    if (fault === 'refuses') return bad('sbatch: error: invalid partition specified: nowhere');
    const [, last = '0'] = valueOf(args, '--array').replace(/%.*/, '').split('-');
    const count = Number(last) + 1;
    if (fault === 'limit' || this.active().length + count > this.mostJobs)
      return bad('sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: job limit');
    const arrayId = this.nextId++;
    const reason = args.includes('-d') ? 'Dependency' : 'Resources';
    for (let index = 0; index < count; index++)
      this.jobs.push({ name: valueOf(args, '-J'), arrayId, index, state: 'PENDING', reason });
    return fault === 'acceptsAndTimesOut' ? bad('Socket timed out on send/recv operation') : good(`${arrayId}\n`);
  }

  private cancel(args: readonly string[]): ToolResult {
    const names = args[0] === '-n' ? args[1]!.split(',') : [];
    for (const job of this.active()) {
      const isMeant = [String(job.arrayId), `${job.arrayId}_${job.index}`].some((id) => args.includes(id));
      if (isMeant || names.includes(job.name)) job.state = 'CANCELLED';
    }
    return good('');
  }
}

function valueOf(args: readonly string[], option: string): string {
  return args[args.indexOf(option) + 1] ?? '';
}

function good(stdout: string): ToolResult {
  return { ok: true, stdout, stderr: '', isLost: false, isMissing: false };
}

function bad(stderr: string): ToolResult {
  return { ok: false, stdout: '', stderr, isLost: false, isMissing: false };
}
