/** Hovering over any setting, wherever it may stand, tells all that is known of it: sentence, unit, range, default, paper. */
import { describe, expect, it } from 'vitest';
import { linkPapers, shortAllowed } from '../../../../src/shared/editing/fieldMarkdown';
import { hover } from '../../../../src/shared/editing/hover';
import { schemaPlaceAt } from '../../../../src/shared/editing/looseExperiment';
import { complete } from '../../../../src/shared/editing/completion';
import { SourceTree } from '../../../../src/shared/editing/sourceTree';
import type { Path } from '../../../../src/shared/experiment/places';
import { atCursor, recipes } from './cursorText';

const pretraining = (rest: string) => `pretrainings:\n  - id: a\n    ${rest}\n    |\n`;
const transfer = (rest: string) => `transfers:\n  - id: a\n    ${rest}\n    |\n`;
const data = (kind: string) => `data:\n  d:\n    kind: ${kind}\n    |\n`;

const places: readonly (readonly [what: string, marked: string, path: Path])[] = [
  ['the experiment', 'name: x\n|', []],
  ['the backbone', 'backbone:\n  name: resnet18\n  |\n', ['backbone']],
  ...['emoji', 'image-folder', 'idx'].map((kind) => [`data ${kind}`, data(kind), ['data', 'd']] as const),
  ...['supervised', 'moco', 'exemplar', 'instdisc', 'random', 'imported'].map(
    (method) => [`pretraining ${method}`, pretraining(`method: ${method}`), ['pretrainings', 0]] as const,
  ),
  ...['linear-probe', 'knn', 'retrieval'].map(
    (task) => [`transfer ${task}`, transfer(`task: ${task}`), ['transfers', 0]] as const,
  ),
  [
    'the schedule',
    'pretrainings:\n  - id: a\n    method: moco\n    schedule:\n      kind: step\n      |\n',
    ['pretrainings', 0, 'schedule'],
  ],
  [
    'the monitor',
    'pretrainings:\n  - id: a\n    method: moco\n    monitor:\n      every: 10\n      |\n',
    ['pretrainings', 0, 'monitor'],
  ],
];

describe.each(places)('%s', (_, marked, path) => {
  const { text, offset } = atCursor(marked);
  const keys = complete(text, offset, { recipes })
    .items.filter(({ kind }) => kind === 'key')
    .map(({ label }) => label);

  it('has settings, each explained in full', () => {
    expect(keys.length).toBeGreaterThan(1);
    for (const key of keys) {
      const written = `${text.slice(0, offset)}${key}: ~${text.slice(offset)}`;
      const tree = new SourceTree(written);
      const place = schemaPlaceAt(tree.value, [...path, key]);
      const said = hover(tree, offset + 1, recipes)?.markdown ?? '';
      expect(place?.info, key).toBeDefined();
      const { doc, unit, paper } = place!.info!;
      expect(said, key).toContain(doc);
      expect(said, key).toContain(shortAllowed(place!));
      expect(said, key).toMatch(/Default: .+|Required\./);
      if (unit !== undefined) expect(said, key).toContain(unit);
      if (paper !== undefined) expect(said, key).toContain(linkPapers(paper));
    }
  });
});
