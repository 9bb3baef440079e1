/** `ls`: the runs of a folder, newest first, each with its state. */
import { resolve } from 'node:path';
import { isUnderWay, type RunSummary } from '../../runs/runFiles';
import { listRuns } from '../../runs/runStore';
import { describeProgress } from '../../shared/views/run/runProgress';
import { EXIT, type ExitCode } from '../exitCodes';
import { toOneLine, truncate } from '../progress/textWidth';
import { formatTable } from '../table';
import { selectPalette, type Palette, type Surroundings } from '../terminal';

export function listCommand(
  options: { readonly out: string; readonly isJson: boolean },
  around: Surroundings,
): ExitCode {
  const out = resolve(around.cwd, options.out);
  const runs = listRuns(out);
  if (options.isJson) {
    around.stdout.write(`${JSON.stringify(runs, null, 2)}\n`);
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
