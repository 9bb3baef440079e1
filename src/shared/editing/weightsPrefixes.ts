/** What may stand after `prefix` of imported weights: which file has to be looked into. Left out: looking into it. */
import { describeWeights } from '../weights/describeWeights';
import type { WeightsFile } from '../weights/weightsFile';
import type { Completion } from './completion';
import type { Cursor } from './cursor';
import { entryAt } from './looseExperiment';
import { escapeSnippet, writeWord } from './writing';

export interface PrefixRequest {
  /** As written. */
  readonly weights: string;
  readonly cursor: Cursor;
  readonly json: boolean;
}

/** The weight file whose prefixes may stand at the cursor; undefined elsewhere, and where each seed has its own. */
export function findPrefixFile(cursor: Cursor, json: boolean): PrefixRequest | undefined {
  const place = entryAt(cursor.tree.value, cursor.path);
  if (place?.section !== 'pretrainings' || place.inMatrix || place.rest[0] !== 'prefix') return undefined;
  const { weights } = place.entry;
  return typeof weights === 'string' && !weights.includes('{seed}') ? { weights, cursor, json } : undefined;
}

/** The prefix that is found without being told, or the likeliest ones, with how many weights stand behind each. */
export function completePrefixes({ cursor, json }: PrefixRequest, file: WeightsFile): Completion[] {
  const { found, proposals } = describeWeights(file);
  const all = found ? [{ prefix: found.prefix, weights: found.weights }] : proposals;
  return all.map(({ prefix, weights }) => {
    const written = writeWord(prefix, cursor.quote, json);
    return {
      label: prefix || "''",
      kind: 'value',
      detail: `${weights} weights of a backbone`,
      snippet: cursor.lead + escapeSnippet(written),
      filter: cursor.lead + (cursor.quote === '' && written.startsWith("'") ? prefix : written),
    };
  });
}
