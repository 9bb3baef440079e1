/** Words that the formats share, so that they say the same. */
import { formatNumberOf, formatSeconds, metricPlace } from '../../shared/views/formatNumbers';
import type { ReportColumn, TransferReport } from '../../shared/views/report/transferReport';

/** `probe: top-1 accuracy at avgpool`. */
export function columnTitle({ transfer, metric, layer }: ReportColumn): string {
  return `${transfer}: ${metricPlace({ metric, layer })}`;
}

/** Says what the numbers are, once for all tables of a report. */
export function intervalNote({ seeds, reference }: TransferReport): string {
  const many = seeds.length > 1;
  const interval = many ? `mean ± 95 % Student interval over ${seeds.length} seeds` : 'one seed, no interval';
  const versus = `Δ: difference to ${reference} in points, paired by seed; ▲ above it, ▼ below it, ? cannot tell from these seeds.`;
  const comparisons = many ? ' Marks hold at 5 % after Holm’s correction for the comparisons of their column.' : '';
  return `In percent; ${interval}.${reference === undefined ? '' : ` ${versus}${comparisons}`}`;
}

/** How tables mark what is best, where there is anything. */
export function boldNote({ columns }: TransferReport): string {
  return columns.length === 0 ? '' : ' The best mean of a column is bold.';
}

/** `4 pretrainings × 4 transfers × 3 seeds on the wasm runtime, 5 min 12 s of computing.` */
export function describeScope({ rows, columns, seeds, provenance, state, imported }: TransferReport): string {
  const parts = [
    formatNumberOf(rows.filter(({ isImported }) => !isImported || imported).length, 'pretraining'),
    formatNumberOf(columns.length, 'transfer'),
    formatNumberOf(seeds.length, 'seed'),
  ];
  if (imported) return `${parts.join(' × ')}, imported from ${imported.source}.`;
  const warning = state === 'done' ? '' : ` The run is not complete; its state is: ${state}.`;
  return `${parts.join(' × ')} on the ${provenance.runtime.name} runtime, ${formatSeconds(provenance.seconds)} of computing.${warning}`;
}

/** What is needed to run the same again, as names and values. */
export function reproductionFacts({ run, state, seeds, provenance, imported }: TransferReport): [string, string][] {
  const { versions, git, runtime, hosts, createdAt, finishedAt, folder } = provenance;
  if (imported) {
    return [
      ['Run', run],
      ['Folder', folder],
      ['Seeds', seeds.join(', ')],
      ['Imported', showTime(createdAt)],
    ];
  }
  // A job of a cluster is told its cores only where it begins.
  const threads = runtime.threads > 0 ? formatNumberOf(runtime.threads, 'thread') : '';
  const commit = git && `${git.commit.slice(0, 12)}${git.dirty ? ', with uncommitted changes' : ''}`;
  return [
    ['Run', `${run} (${state})`],
    ['Folder', folder],
    ['Seeds', seeds.join(', ')],
    ['Runtime', [runtime.name, runtime.device, threads].filter((part) => part !== '').join(', ')],
    ['Machine', hosts.length === 0 ? 'unknown' : hosts.join(', ')],
    [
      'Versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
    ['Workspace commit', commit ?? 'not a git repository'],
    ['Started', showTime(createdAt)],
    ...(finishedAt === undefined ? [] : [['Finished', showTime(finishedAt)] as [string, string]]),
  ];
}

function showTime(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
}
