/** Imported weights in an experiment file: what may be said of them, and what is said when they do not fit. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../../src/shared/errors';
import { gatherWeightsFacts } from '../../../../../src/shared/experiment/checks/weightsFacts';
import type { Experiment, ImportedPretraining } from '../../../../../src/shared/experiment/schema';
import { backboneShapes } from '../../../../../src/shared/weights/fitBackbone';
import type { WeightsFile } from '../../../../../src/shared/weights/weightsFile';
import { weightsOf } from '../../weights/memoryWeights';
import { parse, problemLines, spoil } from '../problemsOf';

const importing = (settings: string) => spoil(['{ id: random }', `{ id: mine, ${settings} }`]);

function experimentOf(settings: string): Experiment {
  const { experiment, problems } = parse(importing(settings));
  expect(problems.filter(({ severity }) => severity !== 'info')).toEqual([]);
  return experiment!;
}

const mappingOf = (settings: string) => (experimentOf(settings).pretrainings[1] as ImportedPretraining).mapping;

describe('settings of an import', () => {
  it('are kept when written, and absent when not', () => {
    expect(mappingOf('weights: a.pth')).toBeUndefined();
    expect(mappingOf("weights: a.pth, prefix: '', family: moco, encoder: key")).toEqual({
      prefix: '',
      family: 'moco',
      encoder: 'key',
    });
  });

  it('that are unknown or without effect are problems', () => {
    expect(problemLines(importing('weights: a.pth, family: moca'))[0]).toMatch(/`family` is "moca"/);
    expect(problemLines(spoil(['recipe: emoji-moco-v2', 'recipe: emoji-moco-v2\n    encoder: key']))[0]).toMatch(
      /warning no-effect: `encoder` has no effect with method `moco`/,
    );
  });
});

/** Files by path; the rest are not there. */
const opener = (files: Record<string, WeightsFile | UserError>) => ({
  exists: (path: string) => Promise.resolve(path in files),
  use: <Result>(path: string, look: (weights: WeightsFile) => Promise<Result>) => {
    const file = files[path]!;
    return file instanceof UserError ? Promise.reject(file) : look(file);
  },
});

describe('weight files before a launch', () => {
  const text = importing("weights: 'w{seed}.pth'");
  const shapes = backboneShapes(experimentOf('weights: a').backbone);
  const good = weightsOf(shapes);
  const linesFor = async (files: Record<string, WeightsFile | UserError>, written = text) => {
    const weights = await gatherWeightsFacts(parse(written).experiment!, opener(files));
    // What else there is to say of this file.
    const others = ['same-weights-for-all-seeds', 'no-random-row'];
    return problemLines(written, { weights }).filter((line) => !others.some((code) => line.includes(code)));
  };

  it('that fit, or are not there, are nothing to speak of', async () => {
    expect(await linesFor({ 'w0.pth': good, 'w1.pth': good })).toEqual([]);
    expect(await linesFor({ 'w0.pth': good })).toEqual([]);
  });

  it('that do not fit are an error at their path, whichever seed they are of', async () => {
    const bad = weightsOf(
      [...shapes].filter(([name]) => name !== 'bn1.bias'),
      { name: 'w1.pth' },
    );
    const [line, ...others] = await linesFor({ 'w0.pth': good, 'w1.pth': bad });
    expect(others).toEqual([]);
    expect(line).toMatch(/^13:26-\d+ error unfit-weights: w1\.pth does not fit resnet18 .*bn1\.bias \[16\] is missing/);
  });

  it('that cannot be read are an error with the reason', async () => {
    const lines = await linesFor({ 'w0.pth': new UserError('weights', 'w0.pth is cut short; save it again') });
    expect(lines).toEqual([expect.stringMatching(/error unfit-weights: w0\.pth is cut short; save it again/)]);
  });

  it('are looked at with what the file says of their names', async () => {
    const odd = weightsOf(
      [...shapes].map(([name, shape]) => [`my.net.${name}`, shape] as const),
      { name: 'odd.pth' },
    );
    expect((await linesFor({ 'odd.pth': odd }, importing('weights: odd.pth')))[0]).toMatch(
      /the likeliest are prefix "my\.net\."/,
    );
    expect(await linesFor({ 'odd.pth': odd }, importing('weights: odd.pth, prefix: my.net.'))).toEqual([]);
  });

  it('with parts that this network lacks are warned of', async () => {
    const squeezed = weightsOf([...shapes, ['layer1.0.se.fc1.weight', [4, 4]] as const]);
    expect(await linesFor({ 'w0.pth': squeezed })).toEqual([
      expect.stringMatching(/warning strange-weights: 1 tensors of w0\.pth .* layer1\.0\.se\.fc1\.weight/),
    ]);
  });
});
