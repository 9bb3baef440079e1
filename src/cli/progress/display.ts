/**
 * Three ways to show a run while it goes on: a live block on a terminal, plain lines in a log, JSON lines for machines.
 * Each gets every event of the worker and ends with `close`, after which ordinary output may follow.
 */
import type { RunOutcome, WorkerEvent } from '../../shared/protocol/worker';
import { formatDuration, formatNumberOf } from '../../shared/views/formatNumbers';
import { selectPalette, type OutputStream, type Surroundings } from '../terminal';
import { createLiveRegion } from './liveRegion';
import { renderCount, renderFinishedLine, renderLiveBlock, renderPlainLine } from './renderProgress';
import {
  advanceProgress,
  emptyProgress,
  isFinished,
  selectCurrent,
  type RunProgress,
} from '../../shared/views/run/runProgress';
import { toOneLine } from './textWidth';

export interface RunDisplay {
  show(event: WorkerEvent): void;
  /** A sentence from the launcher itself. */
  say(sentence: string): void;
  close(ending: { readonly outcome?: RunOutcome; readonly error?: Error }): void;
}

export interface DisplayOptions {
  readonly isJson: boolean;
  readonly isVerbose: boolean;
}

export function createDisplay(around: Surroundings, options: DisplayOptions): RunDisplay {
  if (options.isJson) return createJsonDisplay(around.stdout, around.stderr);
  const isLive = around.stdout.isTTY && around.env.TERM !== 'dumb';
  return isLive ? createLiveDisplay(around, options.isVerbose) : createPlainDisplay(around.stdout, options.isVerbose);
}

function createJsonDisplay(stdout: OutputStream, stderr: OutputStream): RunDisplay {
  const print = (value: unknown): void => stdout.write(`${JSON.stringify(value)}\n`);
  return {
    show: print,
    say: (sentence) => stderr.write(`${sentence}\n`),
    close: ({ outcome, error }) =>
      print(outcome ? { type: 'runEnded', outcome } : { type: 'runBroke', message: error?.message ?? '' }),
  };
}

function createLiveDisplay(around: Surroundings, isVerbose: boolean): RunDisplay {
  const palette = selectPalette(around.stdout, around.env);
  const region = createLiveRegion(around.stdout);
  let progress = emptyProgress(performance.now());
  const columns = (): number => Math.max(10, around.stdout.columns - 1);
  const redraw = (): void =>
    region.draw(renderLiveBlock(progress, { columns: columns(), palette, now: performance.now() }));
  const unlistenResize = around.onResize(redraw);
  const timer = setInterval(redraw, 1000 / 8);
  return {
    show: (event) => {
      const before = progress;
      progress = advanceProgress(progress, event, performance.now());
      const lines = describeEvent(event, isVerbose);
      const finished = newlyFinished(event, before, progress);
      if (finished) lines.push(renderFinishedLine(finished, { columns: columns(), palette }));
      if (lines.length > 0) region.printAbove(lines);
    },
    say: (sentence) => region.printAbove([sentence]),
    close: () => {
      clearInterval(timer);
      unlistenResize();
      region.clear();
    },
  };
}

const PLAIN_PERIOD_MS = 5000;

function createPlainDisplay(stdout: OutputStream, isVerbose: boolean): RunDisplay {
  const startedAt = performance.now();
  let progress = emptyProgress(startedAt);
  const printedAt = new Map<string, number>();
  const print = (line: string): void => {
    const elapsed = formatDuration((performance.now() - startedAt) / 1000);
    stdout.write(`${elapsed.padStart(7)}  ${line}\n`);
  };
  return {
    show: (event) => {
      const now = performance.now();
      const before = progress;
      progress = advanceProgress(progress, event, now);
      describeEvent(event, isVerbose).forEach(print);
      const finished = newlyFinished(event, before, progress);
      if (finished) {
        const line = renderFinishedLine(finished, { columns: 200, palette: selectPalette(stdout, {}) });
        return print(`${renderCount(progress)} ${line}`);
      }
      const current = event.type === 'stageProgressed' ? selectCurrent(progress) : undefined;
      if (!current || now - (printedAt.get(current.stage.id) ?? -Infinity) < PLAIN_PERIOD_MS) return;
      printedAt.set(current.stage.id, now);
      print(renderPlainLine(progress, current));
    },
    say: print,
    close: () => {},
  };
}

/** Lines for events that are worth keeping in the scroll-back, apart from finished stages. */
function describeEvent(event: WorkerEvent, isVerbose: boolean): string[] {
  if (event.type === 'runPlanned') {
    // What speaks against the other runtimes follows the first semicolon; `transferscope runtimes` tells it.
    const [why = ''] = event.runtime.reason.split(';');
    const reason = why === '' ? '' : ` (${why})`;
    // Its warnings arrive as logged events too.
    return [`run ${event.run}: ${formatNumberOf(event.stages.length, 'stage')} on ${event.runtime.name}${reason}`];
  }
  if (event.type === 'logged' && (isVerbose || event.level !== 'info')) {
    const stage = event.stage === undefined ? '' : `${event.stage}: `;
    return [`${event.level === 'info' ? '' : `${event.level}: `}${stage}${toOneLine(event.message)}`];
  }
  return [];
}

function newlyFinished(
  event: WorkerEvent,
  before: RunProgress,
  after: RunProgress,
): ReturnType<RunProgress['stages']['get']> {
  if (event.type !== 'stageChanged' || !isFinished(event.state)) return undefined;
  const was = before.stages.get(event.id)?.state;
  return was !== undefined && isFinished(was) ? undefined : after.stages.get(event.id);
}
