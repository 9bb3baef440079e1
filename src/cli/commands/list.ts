/** `ls`: the runs of a folder, newest first, each with its state. */
import { resolve } from 'node:path';
import { isUnderWay, type RunSummary } from '../../runs/runFiles';
import { listRuns } from '../../runs/runStore';
import type { PretrainingCost } from '../../shared/views/report/costs';
import { describeProgress } from '../../shared/views/run/runProgress';
import { EXIT, type ExitCode } from '../exitCodes';
import { toOneLine, truncate } from '../progress/textWidth';
import { loadCosts } from '../report/loadReports';
import { formatTable } from '../table';
import { selectPalette, type Palette, type Surroundings } from '../terminal';

export function listCommand(
  options: { readonly out: string; readonly isJson: boolean; readonly withCosts: boolean },
  around: Surroundings,
): ExitCode {
  const out = resolve(around.cwd, options.out);
  const runs = listRuns(out);
  if (options.isJson) {
    // Costs stand in records, of which a run has thousands: they are read only when asked for.
    const told = options.withCosts ? runs.map((run) => ({ ...run, ...costsOf(out, run) })) : runs;
    around.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
    return EXIT.done;
  }
  if (runs.length === 0) {
    around.stdout.write(`no runs in ${out}; start one with: transferscope run FILE\n`);
    return EXIT.done;
  }
  const palette = selectPalette(around.stdout, around.env);
  const rows = runs.map((run) => describeRun(run, palette, around.stdout.columns));
  around.stdout.write(`${formatTable([['RUN', 'STATE', 'STAGES', 'STARTED', ''], ...rows])}\n`);
  return EXIT.done;
}

/** None of a run that cannot be read. */
function costsOf(out: string, { run, state }: RunSummary): { costs?: readonly PretrainingCost[] } {
  return state === 'unreadable' ? {} : { costs: loadCosts(out, run) };
}

function describeRun(run: RunSummary, palette: Palette, columns: number): string[] {
  const finished = run.counts.done + run.counts.reused;
  const started = run.createdAt === undefined ? '' : run.createdAt.slice(0, 16).replace('T', ' ');
  const advice = run.state === 'interrupted' || run.state === 'stopped' ? 'can be resumed' : '';
  const progress = run.progress && describeProgress(run.progress);
  const note =
    run.state === 'unreadable'
      ? run.problems[0]
      : (progress ?? run.message ?? (run.importedFrom && `imported from ${run.importedFrom}`) ?? advice);
  const state = paintOf(run.state, palette)(run.state);
  return [
    run.run,
    state,
    `${finished}/${run.total}`,
    started,
    truncate(toOneLine(note ?? ''), Math.max(20, columns - 60)),
  ];
}

function paintOf(state: RunSummary['state'], palette: Palette): (text: string) => string {
  if (state === 'done') return palette.good;
  if (state === 'failed' || state === 'unreadable') return palette.bad;
  return isUnderWay(state) ? palette.strong : palette.caution;
}
