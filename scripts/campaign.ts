/**
 * `npm run campaign`: faults done to the program, and what became of them, written to docs/reliability.md. Takes half an hour.
 * usage: npm run campaign -- [--inputs 100000] [--kills 50] [--seed 0] [--write]
 * In pieces: `--only files > A`, `--only faults > B`, then the page of both: `--only nothing --before A --before B --write`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { hostsIn, recordThisProcess } from './campaign/connections';
import { damageStages } from './campaign/damage';
import { killLocally, killOnCluster } from './campaign/kills';
import type { Outcome } from './campaign/outcome';
import { freezeProcesses } from './campaign/freezes';
import { makeRichStudy } from './campaign/richStudy';
import { makeStudy } from './campaign/study';
import { fillDiskBeforeAnalyses, openMuch, shiftClocks, spoilDisk } from './campaign/surroundings';
import { openWindows } from './campaign/windows';
import { fuzzReader } from './fuzz/fuzzReaders';
import { createReaders } from './fuzz/readers';

const root = path.resolve(import.meta.dirname, '..', '..');
const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    inputs: text,
    kills: text,
    seed: text,
    only: text,
    before: { type: 'string', multiple: true, default: [] },
    write: { type: 'boolean', default: false },
  },
});
const [inputs, kills, seed] = [values.inputs ?? '100000', values.kills ?? '50', values.seed ?? '0'].map(Number) as [
  number,
  number,
  number,
];

const outcomes: Outcome[] = [];
const add = (outcome: Outcome): void => {
  outcomes.push(outcome);
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
};

for (const file of values.before) {
  const lines = readFileSync(file, 'utf8').split('\n');
  outcomes.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Outcome));
}
if (values.only === undefined || values.only === 'files') await damageFiles();
if (values.only === undefined || values.only === 'faults') await doFaults();
finish();

async function damageFiles(): Promise<void> {
  const resident = (): string => `${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'transferscope-connections-'));
  const log = path.join(folder, 'connections');
  await recordThisProcess(root, log);
  const readers = await createReaders(root);
  // What is loaded once is loaded before anything is measured.
  for (const reader of readers) await fuzzReader(reader, 500, seed + 1);
  for (const reader of readers) {
    const before = resident();
    const faults = Math.ceil(reader.share * inputs);
    const { refused, crashes, slowestMs } = await fuzzReader(reader, faults, seed);
    for (const crash of crashes.slice(0, 5)) process.stderr.write(`${crash}\n`);
    const note = `${refused} refused; slowest ${slowestMs.toFixed(0)} ms; memory ${before}, at the end ${resident()}`;
    const recovered = faults - crashes.length;
    add({ part: `damaged ${reader.name}`, faults, recovered, lost: 0, crashes: crashes.length, note });
  }
  countRequests(hostsIn(log), 'of the readers');
  rmSync(folder, { recursive: true, force: true });
}

function countRequests(hosts: readonly string[], whose: string): void {
  const distinct = [...new Set(hosts)];
  const note = distinct.length === 0 ? whose : distinct.join(', ');
  add({ part: 'requests that left the machine', faults: 0, recovered: 0, lost: 0, crashes: distinct.length, note });
}

async function doFaults(): Promise<void> {
  const study = await makeStudy(root);
  try {
    add(await openMuch(study.folder));
    add(await spoilDisk(study));
    add(await shiftClocks(study, root, 2));
    const rich = await makeRichStudy(study);
    add(await fillDiskBeforeAnalyses(study, rich));
    add(await damageStages(study, rich, { faults: kills, seed }));
    add(await freezeProcesses(study));
    add(await openWindows(study, { windows: 10, kills: 4, seed, root }));
    add(await killOnCluster(study, Math.floor(0.3 * kills), { seed, root }));
    add(await killLocally(study, Math.ceil(0.7 * kills), seed));
    countRequests(study.hosts(), 'of commands, their workers and helpers, jobs and windows');
  } finally {
    study.remove();
  }
}

function finish(): void {
  const sum = (pick: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  const [lost, crashes] = [sum(({ lost }) => lost), sum(({ crashes }) => crashes)];
  const rows = outcomes.map(({ part, faults, recovered, lost, crashes, note }) => [
    part,
    faults,
    recovered,
    lost,
    crashes,
    note,
  ]);
  const all = ['**all**', sum(({ faults }) => faults), sum(({ recovered }) => recovered), lost, crashes, ''];
  const header = ['what was done', 'faults', 'recovered', 'results lost', 'crashes', ''];
  const table = [header, header.map(() => '---'), ...rows, all].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const machine = `${os.cpus()[0]?.model.trim() ?? 'unknown processor'}, ${os.availableParallelism()} cores`;
  const made = `\`npm run campaign -- --inputs ${inputs} --kills ${kills} --seed ${seed}\`, ${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}, commit ${commit}.`;
  process.stdout.write(`${table}\n`);
  if (values.write) writePage([made, '', table].join('\n'));
  process.exitCode = lost + crashes > 0 ? 1 : 0;
}

/** Renews what lies between the two marks. */
function writePage(measured: string): void {
  const [begin, end] = ['<!-- measured: begin (npm run campaign -- --write) -->', '<!-- measured: end -->'];
  const file = path.join(root, 'docs', 'reliability.md');
  const page = readFileSync(file, 'utf8');
  const [before, rest] = [page.slice(0, page.indexOf(begin)), page.slice(page.indexOf(end) + end.length)];
  writeFileSync(file, `${before}${begin}\n\n${measured}\n\n${end}${rest}`);
}
