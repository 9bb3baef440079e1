import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../src/worker/experimentLoader';
import { pathRulesFor } from '../../../src/worker/outsidePaths';
import { makeTree } from './data/tempFolder';

const file = path.resolve('/nowhere/marked/x.transfer.yaml');

describe('paths outside the workspace', () => {
  it.each([
    ['allow', { allowOutside: true, severity: 'error' }],
    ['warn', { allowOutside: false, severity: 'warning' }],
    ['refuse', { allowOutside: false, severity: 'error' }],
    ['', { allowOutside: false, severity: 'warning' }],
  ])('are judged by TRANSFERSCOPE_OUTSIDE_PATHS = "%s"', (word, rules) => {
    expect(pathRulesFor(file, { TRANSFERSCOPE_OUTSIDE_PATHS: word })).toEqual(rules);
  });

  it('are known by the workspace that holds the file', async () => {
    const root = await makeTree({ 'studies/one/x.transfer.yaml': '' });
    await mkdir(path.join(root, '.git'));
    expect(pathRulesFor(path.join(root, 'studies', 'one', 'x.transfer.yaml'), {})).toMatchObject({ depth: 2 });
    expect(pathRulesFor(path.join(root, 'x.transfer.yaml'), {})).toMatchObject({ depth: 0 });
  });

  it('have no other word', () => {
    expect(() => pathRulesFor(file, { TRANSFERSCOPE_OUTSIDE_PATHS: 'yes' })).toThrow(
      /TRANSFERSCOPE_OUTSIDE_PATHS is "yes"; choose one of allow, warn, refuse/,
    );
  });

  it('are warned of on the command line, with their place', async () => {
    const text = `name: a
backbone: { name: resnet18, width: 4, stem: small }
data: { emoji: { kind: emoji } }
pretrainings: [{ id: mine, weights: /elsewhere/a.safetensors }]
transfers: [{ id: p, task: knn, data: emoji }]
`;
    const { problems, experiment } = await loadExperiment(text, file, {});
    const found = problems.filter(({ code }) => code === 'bad-path');
    expect(found).toMatchObject([{ severity: 'warning', range: { start: { line: 4 } } }]);
    expect(found[0]!.message).toMatch(/the path \/elsewhere\/a\.safetensors is absolute/);
    expect(experiment).toBeDefined();
  });
});
