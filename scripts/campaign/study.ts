/** The study that faults are done to: a tiny world of images, the program, and what an undisturbed run of it leaves. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { comparable, experimentText, leftovers, lines, writeTinyImages } from '../../test/pipeline/tinyRun';
import { copyProgram, type Job, type Program } from '../../test/process/realProgram';
import { hostsIn, recordingEnv } from './connections';

export const RUN = 'tiny-1';
/** Points of curves and changes of stages: the moments of a run, whatever its speed. */
export const TICK = /"type":"(?:metricsLogged|stageChanged)"/;

export interface Study {
  readonly program: Program;
  readonly folder: string;
  /** Of the undisturbed run. */
  readonly ticks: number;
  /** Environment in which programs write down what they connect to. */
  readonly recorded: NodeJS.ProcessEnv;
  /** Starts the program; what it connects to is written down. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Job;
  /** Whether a run's results are those of the undisturbed one and nothing is left lying about. */
  isWhole(out: string, run?: string): boolean;
  /** Hosts that any process has looked up or connected to. */
  hosts(): readonly string[];
  remove(): void;
}

export async function makeStudy(root: string): Promise<Study> {
  const program = copyProgram();
  const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-campaign-'));
  await writeTinyImages(path.join(folder, 'images'), 6);
  const pretrainings = [lines.moco(16), lines.supervised(8)];
  const text = experimentText({ pretrainings, transfers: [lines.probe] });
  writeFileSync(path.join(folder, 'tiny.transfer.yaml'), text);
  const log = path.join(folder, 'connections');
  const recorded = recordingEnv(root, log);
  const start: Study['start'] = (args, env) => program.start(folder, args, { ...recorded, ...env });
  const { code, out, err } = await start(['run', 'tiny.transfer.yaml', '--json', '--out', 'whole']).ended;
  if (code !== 0) throw new Error(`the undisturbed run failed: ${err}`);
  const expected = JSON.stringify(comparable(path.join(folder, 'whole'), RUN));
  return {
    ...{ program, folder, recorded, start, ticks: out.split(TICK).length - 1 },
    isWhole: (name, run = RUN) => {
      const place = path.join(folder, name);
      const left = leftovers(place);
      const isSame = JSON.stringify(comparable(place, run)) === expected;
      if (!isSame || left.length > 0)
        process.stderr.write(
          `${name} ${run}: ${isSame ? 'same' : 'other'} results, left ${left.join(' ') || 'nothing'}\n`,
        );
      return isSame && left.length === 0;
    },
    hosts: () => hostsIn(log),
    remove: () => {
      program.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
