/** What an experiment file holds, as far as it can be read: with errors in it, the ids that are written count. */
import type { ParsedExperiment } from '../../shared/experiment/parse';
import type { ExperimentOutline, OutlineEntry } from '../../shared/views/results/experimentTree';

export function readOutline(file: string, parsed: ParsedExperiment): ExperimentOutline {
  const { experiment, problems, document } = parsed;
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const raw = isObject(document.value) ? document.value : {};
  if (!experiment) {
    const pretrainings = writtenEntries(parsed, raw, 'pretrainings');
    const of = pretrainings.map(({ id }) => id);
    return {
      file,
      errors,
      name: typeof raw.name === 'string' ? raw.name : '',
      seeds: Array.isArray(raw.seeds) ? Math.max(1, raw.seeds.length) : 1,
      pretrainings,
      transfers: writtenEntries(parsed, raw, 'transfers').map((entry) => ({ ...entry, of })),
    };
  }
  return {
    file,
    errors,
    name: experiment.name,
    seeds: experiment.seeds.length,
    pretrainings: experiment.pretrainings.map(({ id }) => placedEntry(parsed, id)),
    transfers: experiment.transfers.map(({ id, of }) => ({ ...placedEntry(parsed, id), of })),
  };
}

/** An entry of a matrix stands where its matrix is written and is launched by the written id. */
function placedEntry({ document, places }: ParsedExperiment, id: string): OutlineEntry {
  const line = document.rangeOf(places.get(id) ?? []).start.line;
  return { id, written: id.replace(/\[.*$/, ''), line };
}

function writtenEntries(
  { document }: ParsedExperiment,
  raw: Record<string, unknown>,
  list: 'pretrainings' | 'transfers',
): OutlineEntry[] {
  const entries = Array.isArray(raw[list]) ? (raw[list] as readonly unknown[]) : [];
  return entries.flatMap((entry, index) => {
    if (!isObject(entry) || typeof entry.id !== 'string') return [];
    return [{ id: entry.id, written: entry.id, line: document.rangeOf([list, index]).start.line }];
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
