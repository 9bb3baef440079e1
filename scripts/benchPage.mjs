/** From the lines of several rounds to the table of `npm run bench`, docs/benchmarks.json and docs/benchmarks.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const docs = resolve(dirname(fileURLToPath(import.meta.url)), '..', 'docs');
const [BEGIN, END] = ['<!-- measured: begin (npm run bench -- --write) -->', '<!-- measured: end -->'];

/** Largest ratio to the peer that is aimed at, by runtime. */
const targets = [
  { workload: /resnet50.*forward/, runtime: 'tensorflow', most: 1.0 },
  { workload: /resnet.*step/, runtime: 'tensorflow', most: 1.2 },
  { workload: /resnet.*forward/, runtime: 'wasm', most: 4 },
  { workload: /resnet18.*step/, runtime: 'wasm', most: 6 },
  { workload: /segmentation-miou/, runtime: '', most: 1 / 5 },
  { workload: /augment.*224px/, runtime: '', most: 1 / 1.5 },
  { workload: /umap-10000/, runtime: 'wasm', most: 2 },
];

/** Rows of medians and ratios, the same as text, and the workloads that miss their target. */
export function summarise({ rounds }) {
  const keys = new Map();
  for (const line of rounds.flat()) {
    if (line.side !== 'ours') continue;
    keys.set(`${line.workload} ${line.runtime ?? ''}`, { workload: line.workload, runtime: line.runtime ?? '' });
  }
  const rows = [...keys.values()].map((key) => summariseRow(key, rounds));
  rows.push(...featureRows(rows));
  const header = ['workload', 'runtime', 'ours', 'peer', 'ratio', 'least – most', 'target', 'ours MiB', 'peer MiB'];
  const cells = rows.map((row) => [
    ...[row.workload, row.runtime || '–', format(row.ours), format(row.peer), formatRatio(row.ratio)],
    row.ratios.length > 1 ? `${row.ratios[0].toFixed(2)} – ${row.ratios.at(-1).toFixed(2)}` : '–',
    ...[row.target === undefined ? '–' : `≤ ${row.target.toFixed(2)}${row.ratio <= row.target ? '' : ', missed'}`],
    ...[row.peakMb ?? '–', row.peerPeakMb ?? '–'],
  ]);
  const versions = [...new Set(rounds.flat().map(({ version }) => version))].filter(Boolean);
  const missed = rows.filter(({ ratio, target, runtime }) => target !== undefined && ratio > target && runtime !== '');
  const tables = [
    { title: '', table: [header, ...cells] },
    { title: 'Targets', table: targetTable(rows) },
    { title: 'Limits', table: limitTable(rows) },
    { title: 'Memory over a long training', table: memoryTable(rounds.flat()) },
  ].filter(({ table }) => table.length > 1);
  const text = tables.map(({ title, table }) => `${title && `${title}\n`}${alignTable(table)}`).join('\n\n');
  return { rows, versions, missed, text, tables };
}

/** What was aimed at, and whether it is met. */
function targetTable(rows) {
  const aimed = rows.filter(({ target, ratio }) => target !== undefined && ratio !== undefined);
  const verdicts = aimed.map(({ workload, runtime, target, ratio }) => [
    ...[workload, runtime || '–', `≤ ${target.toFixed(2)} ×`, formatRatio(ratio)],
    ratio <= target ? 'met' : 'missed',
  ]);
  return [['target', 'runtime', 'aimed at', 'measured', ''], ...verdicts];
}

/** What has no peer and must not take longer than so many seconds. */
function limitTable(rows) {
  const limited = rows.filter(({ limit }) => limit !== undefined);
  const verdicts = limited.map(({ workload, limit, ours }) => [
    ...[workload, '–', `≤ ${format(limit)}`, format(ours)],
    ours <= limit ? 'met' : 'missed',
  ]);
  return [['limit', 'runtime', 'at most', 'measured', ''], ...verdicts];
}

/** What grew between a quarter of the steps and their end. */
function memoryTable(lines) {
  const found = lines.filter(({ growth }) => growth);
  const cells = found.map(({ workload, runtime, growth, peakMb }) => [
    ...[workload, runtime, `${growth.tensors}`, `${growth.residentMb} MiB`, `${peakMb} MiB`],
  ]);
  return [['training', 'runtime', 'tensors grown by', 'resident memory grown by', 'peak'], ...cells];
}

function summariseRow({ workload, runtime }, rounds) {
  const pick = (side) =>
    rounds.map((lines) =>
      lines.find(
        (line) =>
          line.side === side && line.workload === workload && (side === 'peer' || (line.runtime ?? '') === runtime),
      ),
    );
  const [ours, peers] = [pick('ours'), pick('peer')];
  const ratios = ours
    .flatMap((line, round) => (line && peers[round] ? [seconds(line) / seconds(peers[round])] : []))
    .sort((a, b) => a - b);
  const target = targets.find((entry) => entry.workload.test(workload) && entry.runtime === runtime);
  return {
    ...{ workload, runtime, ratios, ratio: ratios.length > 0 ? median(ratios) : undefined },
    ours: median(ours.filter(Boolean).map(seconds)),
    limit: ours.find(Boolean)?.limit,
    peer: ratios.length > 0 ? median(peers.filter(Boolean).map(seconds)) : undefined,
    target: ratios.length > 0 ? target?.most : undefined,
    peakMb: ours.find(Boolean)?.peakMb,
    peerPeakMb: peers.find(Boolean)?.peakMb,
  };
}

/** All layers in one pass against a plain forward pass: ours against ours. */
function featureRows(rows) {
  return rows.flatMap((row) => {
    if (!row.workload.endsWith('-features')) return [];
    const name = row.workload.replace(/features$/, 'forward');
    const plain = rows.find(({ workload, runtime }) => workload === name && runtime === row.runtime);
    if (!plain) return [];
    const ratio = row.ours / plain.ours;
    return [
      {
        ...row,
        workload: `${row.workload} / ours plain`,
        peer: plain.ours,
        ratio,
        ratios: [ratio],
        target: 1.15,
        runtime: row.runtime,
      },
    ];
  });
}

const seconds = ({ times, seconds: single }) => (times ? median(times) : single);

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function format(value) {
  if (value === undefined) return '–';
  if (value < 0.01) return `${(1000 * value).toFixed(2)} ms`;
  return value < 1 ? `${(1000 * value).toFixed(0)} ms` : `${value.toFixed(2)} s`;
}

const formatRatio = (ratio) => (ratio === undefined ? '–' : `${ratio.toFixed(2)} ×`);

function alignTable(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => String(row[column]).length)));
  const pad = (cell, column) =>
    column < 2 ? String(cell).padEnd(widths[column]) : String(cell).padStart(widths[column]);
  return table.map((row) => row.map(pad).join('  ')).join('\n');
}

function markdownTable(table) {
  const widths = table[0].map((_, column) => Math.max(3, ...table.map((row) => String(row[column]).length)));
  const line = (cells) => `| ${cells.map((cell, i) => String(cell).padEnd(widths[i])).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(table[0]), rule, ...table.slice(1).map(line)].join('\n');
}

/** Renews the JSON file and, in the page, what lies between the two marks. */
export function writePage({ date, machine, node, rounds, summary, profiles }) {
  const { rows, versions, tables } = summary;
  const measured = { date, machine, node, versions, rows, profiles, rounds };
  writeFileSync(join(docs, 'benchmarks.json'), `${JSON.stringify(measured, null, 1)}\n`);
  const parts = [
    BEGIN,
    `\nMeasured on ${date}: ${machine}, Node ${node}; ${versions.join(', ')}. ${rounds.length} rounds.\n`,
    tables.map(({ title, table }) => `${title && `### ${title}\n\n`}${markdownTable(table)}`).join('\n\n'),
    ...profiles.map(
      ({ workload, runtime, text }) =>
        `\nWhere the time of \`${workload}\` on \`${runtime}\` goes:\n\n\`\`\`\n${text}\n\`\`\``,
    ),
    `\n${END}`,
  ];
  const file = join(docs, 'benchmarks.md');
  const page = readFileSync(file, 'utf8');
  const [before, rest] = [page.slice(0, page.indexOf(BEGIN)), page.slice(page.indexOf(END) + END.length)];
  writeFileSync(file, `${before}${parts.join('\n')}${rest}`);
}
