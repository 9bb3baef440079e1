/**
 * Results that were made elsewhere, as a JSON file: a paper's table, another program's numbers. One row for each
 * pretraining, transfer, metric and layer with a value for each seed. Reading never throws on what a user wrote: it returns
 * rows, or sentences that say where in the file what is wrong. docs/reference/results-file.md describes the file.
 */
import { z } from 'zod';
import { metricKind } from '../views/report/metrics';

const id = z.string().trim().min(1);
const count = z.int().min(0);

const rowSchema = z.strictObject({
  pretraining: id.describe('Name of the pretraining, the row of a table.'),
  transfer: id.describe('Name of the transfer, the column of a table. Equal names stand in one column of a report.'),
  metric: id.describe('Name of the metric, as reports call it: accuracy, ap, ap50, map11, meanIou, nme ….'),
  values: z
    .array(z.number())
    .min(1)
    .describe('A value for each seed. Shares are in 0..1, or in percent where `unit` says so.'),
  seeds: z.array(count).optional().describe('The seeds of the values. Default: 0, 1, 2 ….'),
  layer: id.optional().describe('Layer that was measured; absent where it is the whole network.'),
  method: id.optional().describe('How the weights were made: supervised, moco ….'),
  task: id.optional().describe('Kind of transfer: linear-probe, detection ….'),
  data: id.optional().describe('Data of the transfer.'),
  trainImages: count.optional().describe('Images that the transfer learns from.'),
  testImages: count.optional().describe('Images that it is tested on.'),
  classes: count.optional().describe('Classes, or landmarks.'),
  parameters: count.optional().describe('Parameters of the backbone.'),
  settings: z.record(z.string(), z.json()).optional().describe('Anything else about how it was made.'),
  source: id.optional().describe('Where this row is from, when not from where the others are.'),
});

const resultsFileSchema = z.strictObject({
  $schema: z.string().optional().describe('Address of the JSON Schema, for editors.'),
  name: id.optional().describe('Name of the run to make. Default: the name of the file.'),
  source: id.describe('Where the results are from, in a few words: a paper and its table, a program.'),
  citation: id.optional().describe('How to cite the source.'),
  url: z.url().optional().describe('Address of the source.'),
  unit: z.enum(['share', 'percent']).optional().describe('What shares are written in. Default: share, 0..1.'),
  results: z.array(rowSchema).min(1).describe('The rows.'),
});

export type ResultsFile = z.infer<typeof resultsFileSchema>;
export type ResultRow = ResultsFile['results'][number];

export interface ReadResults {
  /** Undefined when there are problems. */
  readonly results: ResultsFile | undefined;
  readonly problems: readonly string[];
}

/** JSON Schema (draft 7) of the file. */
export function resultsJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(resultsFileSchema, { target: 'draft-07', io: 'input' });
  return { ...schema, title: 'Results for Transferscope' };
}

/** Checks the parsed value of a file; values come back as shares in 0..1 and with their seeds. */
export function checkResults(value: unknown): ReadResults {
  const parsed = resultsFileSchema.safeParse(value);
  if (!parsed.success)
    return { results: undefined, problems: parsed.error.issues.map((issue) => describeIssue(issue, value)) };
  const { unit = 'share', results: rows, ...rest } = parsed.data;
  const scaled = rows.map((row) => scaleRow(row, unit));
  const problems = [...scaled.flatMap((row, i) => rowProblems(row, i)), ...twins(scaled)];
  return problems.length > 0
    ? { results: undefined, problems }
    : { results: { ...rest, unit: 'share', results: scaled }, problems };
}

function scaleRow(row: ResultRow, unit: 'share' | 'percent'): ResultRow {
  const { metric, values, seeds = values.map((_, i) => i) } = row;
  const isScaled = unit === 'percent' && metricKind(metric).isShare;
  // Rounded where division leaves a speck: 81.4 / 100.
  return { ...row, seeds, values: isScaled ? values.map((each) => Number((each / 100).toPrecision(15))) : values };
}

function rowProblems({ metric, values, seeds = [] }: ResultRow, place: number): string[] {
  const at = `results[${place}]`;
  const problems: string[] = [];
  if (seeds.length !== values.length) {
    problems.push(`${at}.seeds: ${seeds.length} seeds for ${values.length} values; write one for each value`);
  }
  if (new Set(seeds).size < seeds.length) problems.push(`${at}.seeds: a seed stands there twice; name each once`);
  const outside = values.find((value) => value < 0 || value > 1);
  if (metricKind(metric).isShare && outside !== undefined) {
    const advice = 'write shares in 0..1, or say "unit": "percent" at the top (--percent for a plain file)';
    problems.push(
      `${at}.values: ${outside} is no share, and ${metric} counts as one, as every metric without a unit of its own; ${advice}`,
    );
  }
  return problems;
}

/** A number that stands there twice could be two different ones. */
function twins(rows: readonly ResultRow[]): string[] {
  const first = new Map<string, number>();
  return rows.flatMap((row, i) => {
    const key = JSON.stringify([row.pretraining, row.transfer, row.metric, row.layer ?? '']);
    const other = first.get(key);
    first.set(key, other ?? i);
    return other === undefined
      ? []
      : [
          `results[${i}]: the same pretraining, transfer, metric and layer as results[${other}]; put the values into one`,
        ];
  });
}

/** One sentence: the place, the value seen, what belongs there. */
function describeIssue(issue: z.core.$ZodIssue, file: unknown): string {
  const { path } = issue;
  const place = path.map((part, i) =>
    typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`,
  );
  const value = path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
    file,
  );
  return `${place.length === 0 ? 'the file' : place.join('')}: ${explainIssue(issue, value)}`;
}

function explainIssue(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return 'is missing; add it';
  const seen = shortly(value);
  if (issue.code === 'invalid_type') return `${seen} must be ${kinds[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `${seen} must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') {
    return issue.origin === 'number' ? `${seen} must be ${Number(issue.minimum)} or more` : 'is empty; fill it in';
  }
  const { message } = issue;
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

const kinds: Readonly<Record<string, string>> = {
  object: 'an object {…}',
  record: 'an object {…}',
  array: 'a list […]',
  string: 'text in quotes',
  number: 'a finite number without quotes',
  int: 'a whole number',
};

function shortly(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length > 40 ? `"${value.slice(0, 40)}…"` : `"${value}"`;
}
