/**
 * One window of the fault campaign, without the editor: the watcher, the launches and the notes of an extension host, as a process
 * that can be killed. usage: campaignWindow.js CLI EXPERIMENT OUT NAME SEED TURNS. Says what it did as JSON lines; when told
 * at standard input how many runs there are and that they are done, what it sees.
 */
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { createRunController } from '../src/host/runs/runController';
import { createRunLibrary } from '../src/host/runs/runLibrary';
import { createDetachedExecutor } from '../src/runs/engines/detached';
import { changeMarks, readMarks } from '../src/runs/marksFile';
import { requestRunStop } from '../src/runs/requestStop';
import { isUnderWay } from '../src/runs/runFiles';
import { deriveRandom } from '../src/shared/random';

/** Milliseconds between two things that a user does, at most. */
const PAUSE_MS = 400;
/** Each takes two processes; more than this do not fit beside ten windows. */
const MOST_UNDER_WAY = 3;
/** A change that no watcher has told of by then is never told of. */
const MOST_WAIT_MS = 120_000;

const [entry = '', file = '', out = '', name = '', seed = '0', turns = '8'] = process.argv.slice(2);
const say = (what: unknown): boolean => process.stdout.write(`${JSON.stringify(what)}\n`);
const fail = (error: unknown): never => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
};

const library = createRunLibrary({ usePolling: () => false, onChange: () => {}, onError: fail });
const controller = createRunController({
  createExecutor: () => Promise.resolve(createDetachedExecutor({ entry, memoryMb: 512, requestStop: requestRunStop })),
  onChange: () => {},
  onLog: () => {},
});
library.setFolders([out]);
await library.ready();
say({ type: 'opened' });

const underWay = () => library.runs().filter(({ state }) => isUnderWay(state));
const note = async (turn: number): Promise<void> => {
  const row = `${name}/${turn}`;
  await changeMarks(out, [{ type: 'row', row, set: { note: `by ${name}` } }]);
  say({ type: 'noted', row });
};
const launch = (): Promise<void> => {
  const isFree = controller.launches().every(({ state }) => state !== 'running');
  if (isFree && underWay().length < MOST_UNDER_WAY) controller.launch({ file, out });
  return Promise.resolve();
};
const stop = async (): Promise<void> => {
  const [open] = underWay();
  if (open) await requestRunStop(out, open.run);
};
const look = async (): Promise<void> => {
  const keys = library.runs().flatMap(({ manifest }) => manifest?.stages.map(({ key }) => key) ?? []);
  await library.records(out, keys);
};
const actions = [note, note, note, launch, launch, stop, look];

const random = deriveRandom(Number(seed), `campaign window ${name}`);
for (let turn = 0; turn < Number(turns); turn++) {
  await actions[random.integer(actions.length)]!(turn).catch(fail);
  say({ type: 'acted', turn });
  await wait(random.integer(PAUSE_MS));
}
await Promise.all(controller.launches().map(({ id }) => controller.ended(id)));
say({ type: 'idle' });

for await (const line of createInterface({ input: process.stdin })) {
  const isTold = (): boolean =>
    library.runs().length === Number(line) && library.runs().every(({ state }) => state === 'done');
  for (const limit = performance.now() + MOST_WAIT_MS; !isTold() && performance.now() < limit;) await wait(100);
  const runs = Object.fromEntries(library.runs().map(({ run, state }) => [run, state]));
  const { rows } = await readMarks(out);
  say({ type: 'sees', runs, notes: Object.keys(rows).length, resident: process.memoryUsage().rss });
  process.exit(0);
}
