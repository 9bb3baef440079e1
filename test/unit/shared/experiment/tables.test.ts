/** `tables:` of an experiment file: ids looked up, matrices replaced by their members. */
import { expect, it } from 'vitest';
import { parseExperiment } from '../../../../src/shared/experiment/parse';

const text = (tables: string) => `name: tables
backbone: { name: resnet18, width: 8 }
data: { emoji: { kind: emoji } }
pretrainings:
  - { id: random }
  - { id: ladder, method: moco, data: emoji, steps: 10, matrix: { augment: [f, fr] } }
transfers:
  - { id: knn, task: knn, data: emoji }
analyses:
  - { kind: geometry }
tables:
${tables}`;
const parse = (tables: string) =>
  parseExperiment(text(tables), { fileName: 'tables.transfer.yaml', recipes: new Map() });

it('have every pretraining as a row unless they say otherwise, and the members of a matrix for its id', () => {
  const { experiment, problems } = parse(`  - title: all
    columns: [{ of: knn }, { of: geometry, metric: rankMe, layer: layer4 }]
  - title: some
    rows: [{ pretraining: ladder, group: MoCo }]
    columns: [{ of: knn, title: kNN }]
    published: [{ pretraining: random, of: knn, value: 10.2, source: somewhere }]`);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const ids = experiment!.pretrainings.map(({ id }) => id);
  expect(ids).toHaveLength(3);
  expect(experiment!.tables[0]!.rows).toEqual(ids.map((pretraining) => ({ pretraining })));
  expect(experiment!.tables[1]!.rows).toEqual(ids.slice(1).map((pretraining) => ({ pretraining, group: 'MoCo' })));
  expect(experiment!.tables[1]!.published[0]!.value).toBe(10.2);
});

it('name what is not known, with a fix where something is close', () => {
  const { problems } = parse(`  - title: wrong
    rows: [{ pretraining: randon }]
    columns: [{ of: k-nn }]`);
  const found = problems.filter(({ severity }) => severity === 'error');
  expect(found.map(({ message }) => message)).toEqual([
    'there is no pretraining called `randon`; did you mean `random`?',
    'there is no transfer or analysis called `k-nn`; did you mean `knn`?',
  ]);
  expect(found.map(({ range }) => range.start.line)).toEqual([13, 14]);
});
