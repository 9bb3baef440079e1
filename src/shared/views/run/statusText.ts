/** The status-bar item as data: what runs here and how long it will take, or which runtime would be used. Pure. */
import { formatDuration } from '../formatNumbers';
import type { RunStatusProgress } from '../../results/runManifest';
import { describeProgress, selectCurrent, selectOverall, selectSecondsLeft, type RunProgress } from './runProgress';

export interface StatusInput {
  /** The launch under way in this window. */
  readonly active?: { readonly progress: RunProgress; readonly isStopping: boolean };
  /** How many launches wait for their turn. */
  readonly waiting: number;
  /** Runs that other processes compute in this workspace. */
  readonly elsewhere: readonly { readonly run: string; readonly progress?: RunStatusProgress }[];
  /** Runtime that the next launch will ask for. */
  readonly runtime: string;
  /** Runtime that the active run has. */
  readonly activeRuntime?: string;
}

export interface StatusText {
  /** May hold $(icons). */
  readonly text: string;
  readonly tooltip: string;
  readonly shows: 'run' | 'runtime';
}

export function createStatusText(input: StatusInput): StatusText {
  const { active, waiting, elsewhere, runtime } = input;
  if (active) return describeActive(active, input);
  const [first] = elsewhere;
  if (first) {
    const more = elsewhere.length > 1 ? ` +${elsewhere.length - 1}` : '';
    const percent = first.progress ? ` ${Math.floor(100 * first.progress.fraction)} %` : '';
    const lines = elsewhere.map(({ run, progress }) => (progress ? `${run}: ${describeProgress(progress)}` : run));
    return {
      text: `$(sync~spin) ${first.run}${percent}${more}`,
      tooltip: ['Transferscope: computed by another process', ...lines].join('\n'),
      shows: 'run',
    };
  }
  const queued = waiting > 0 ? ` · ${waiting} waiting` : '';
  return {
    text: `$(beaker) ${runtime}${queued}`,
    tooltip: 'Transferscope: runtime of the next run; click to choose another',
    shows: 'runtime',
  };
}

function describeActive(
  { progress, isStopping }: NonNullable<StatusInput['active']>,
  { waiting, activeRuntime }: StatusInput,
): StatusText {
  const queued = waiting > 0 ? [`${waiting} waiting`] : [];
  const overall = selectOverall(progress);
  const left = selectSecondsLeft(progress);
  const tooltip = [
    `Transferscope: ${progress.run === '' ? 'preparing' : progress.run}`,
    ...(overall.total > 0 ? [`${overall.finished} of ${overall.total} stages`] : []),
    ...(left === undefined ? [] : [`about ${formatDuration(left)} left`]),
    ...(activeRuntime === undefined ? [] : [`runtime ${activeRuntime}`]),
    ...queued,
  ].join('\n');
  const text = (parts: readonly string[]): StatusText => ({
    text: `$(sync~spin) ${[...parts, ...queued].join(' · ')}`,
    tooltip,
    shows: 'run',
  });
  if (isStopping) return text(['stopping …']);
  const current = selectCurrent(progress);
  if (!current) return text([overall.total === 0 ? 'preparing …' : `${overall.finished}/${overall.total} stages`]);
  const count = current.total > 0 ? ` ${current.done}/${current.total}` : '';
  return text([`${current.stage.id}${count}`, ...(left === undefined ? [] : [`${formatDuration(left)} left`])]);
}
