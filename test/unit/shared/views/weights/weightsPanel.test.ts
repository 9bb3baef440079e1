/** What the Weights panel says of a file, which rows it shows in which order, and what it keeps as CSV. */
import { describe, expect, it } from 'vitest';
import { defaultWeightsView } from '../../../../../src/shared/protocol/panels/weightsPanel';
import { createWeightsModel } from '../../../../../src/shared/views/weights/weightsPanel';
import {
  addNews,
  countFates,
  countMeasured,
  findBadTensors,
  formatReal,
  formatShareOfTensor,
  noRows,
  renderWeightsCsv,
  selectRows,
  valueOf,
  type WeightsRows,
} from '../../../../../src/shared/views/weights/weightsRows';
import { describeWeights } from '../../../../../src/shared/weights/describeWeights';
import { listTensors } from '../../../../../src/shared/weights/listTensors';
import { fixtureBackbone, fixtureFile, weightsFixture } from '../../../../support/weightsFixture';

async function rowsOf(backbone = fixtureBackbone): Promise<WeightsRows> {
  const { news } = await weightsFixture(backbone);
  return news.reduce(addNews, noRows);
}

describe('the list of tensors', () => {
  it('says of every tensor what it is to the backbone', () => {
    const listed = listTensors(fixtureFile(), { backbone: { ...fixtureBackbone, name: 'resnet34', stem: 'imagenet' } });
    const of = (name: string) => listed.find((one) => one.name === name);
    expect(of('state_dict.module.encoder_q.bn1.weight')).toMatchObject({ target: 'bn1.weight', fate: 'matched' });
    expect(of('state_dict.module.encoder_q.conv1.weight')).toMatchObject({
      ...{ fate: 'reshaped', shape: [4, 3, 3, 3], wanted: [4, 3, 7, 7] },
    });
    expect(of('state_dict.module.queue')).toMatchObject({ fate: 'left out' });
    expect(of('layer3.5.conv2.weight')).toEqual({
      ...{ name: 'layer3.5.conv2.weight', dtype: '', shape: [16, 16, 3, 3], fate: 'missing' },
    });
    expect(listed.filter(({ fate }) => fate === 'missing').every(({ name }) => !name.endsWith('tracked'))).toBe(true);
  });

  it('of a deeper network has what is unexpected; without a backbone, what belongs to one', () => {
    const file = fixtureFile({ ...fixtureBackbone, name: 'resnet34' });
    const fates = (options: Parameters<typeof listTensors>[1]) =>
      countFates({ tensors: listTensors(file, options), statistics: [] });
    expect(fates({ backbone: fixtureBackbone }).get('unexpected')).toBe(96);
    expect([...fates({})]).toEqual([
      ['backbone', 216],
      ['left out', 2],
    ]);
    expect([...fates({ mapping: { prefix: 'nowhere.' } }).keys()]).toEqual(['unknown']);
  });
});

describe('the rows', () => {
  it('are filtered by all words of name, target and type, and by fate', async () => {
    const rows = await rowsOf();
    const select = (view: object) => selectRows(rows, { ...defaultWeightsView, ...view });
    expect(select({})).toHaveLength(122);
    expect(select({ filter: 'LAYER2 bn1 bias' }).map((place) => rows.tensors[place]!.target)).toEqual([
      ...['layer2.0.bn1.bias', 'layer2.1.bn1.bias'],
    ]);
    expect(select({ fate: 'left out' })).toEqual([120, 121]);
    expect(select({ filter: 'nothing' })).toEqual([]);
  });

  it('sort by every column, unknown ones last both ways, and names by their numbers', async () => {
    const rows = await rowsOf();
    const statistics = [...rows.statistics];
    statistics[5] = undefined;
    const partly = { ...rows, statistics };
    for (const sort of ['size', 'mean', 'std', 'min', 'max', 'zeros', 'bad'] as const) {
      for (const isDescending of [false, true]) {
        const places = selectRows(partly, { ...defaultWeightsView, sort, isDescending });
        const values = places.map((place) => valueOf(partly, place, sort)).filter((value) => value !== undefined);
        expect(values).toEqual(values.slice().sort((a, b) => (isDescending ? b - a : a - b)));
        if (sort !== 'size') expect(places.at(-1)).toBe(5);
      }
    }
    const numbered = ['b.10', 'b.9', 'a.2'].map((name) => ({ name, dtype: '', shape: [], fate: 'unknown' as const }));
    const sorted = selectRows({ tensors: numbered, statistics: [] }, { ...defaultWeightsView, sort: 'name' });
    expect(sorted.map((place) => numbered[place]!.name)).toEqual(['a.2', 'b.9', 'b.10']);
  });

  it('keep their numbers when the list of the same file is made anew', async () => {
    const rows = await rowsOf();
    const again = addNews(rows, { kind: 'begin', isSameFile: true });
    expect(again.tensors).toEqual([]);
    expect(countMeasured(again)).toBe(122);
    expect(countMeasured(addNews(rows, { kind: 'begin', isSameFile: false }))).toBe(0);
  });

  it('as CSV have all digits, and nothing that a spreadsheet would run', async () => {
    const rows = await rowsOf();
    const lines = renderWeightsCsv(rows, [0, 121], true).trimEnd().split('\r\n');
    expect(lines[0]).toContain('relative_difference,cosine');
    const { finite } = rows.statistics[0]!;
    expect(lines[1]).toBe(
      `state_dict.module.encoder_q.conv1.weight,conv1.weight,matched,float32,4x3x3x3,,108,${[finite!.mean, finite!.std, finite!.min, finite!.max].join(',')},0,0,0,,`,
    );
    const evil = {
      tensors: [{ name: '=cmd()', dtype: 'float32', shape: [1], fate: 'unknown' as const }],
      statistics: [],
    };
    expect(renderWeightsCsv(evil, [0], false).split('\r\n')[1]).toMatch(/^'=cmd\(\),,unknown/);
  });

  it('tell of numbers that are not finite', async () => {
    const rows = await rowsOf();
    expect(findBadTensors(rows)).toEqual([]);
    const bad = { ...rows.statistics[3]!, nan: 2 };
    const one = { ...rows, statistics: [...rows.statistics.slice(0, 3), bad, ...rows.statistics.slice(4)] };
    expect(findBadTensors(one)).toEqual([
      'state_dict.module.encoder_q.bn1.running_mean holds numbers that are not finite (NaN or infinite).',
    ]);
  });
});

describe('the model', () => {
  const known = {
    ...{ name: 'moco.pth.tar', path: 'weights/moco.pth.tar', state: 'done' as const, prefixes: [], warnings: [] },
    ...{ listed: 0, backbones: ['resnet18'], backbone: '' },
  };

  it('offers to import what no experiment imports yet, where a backbone may be in it', async () => {
    const { model } = await weightsFixture(fixtureBackbone);
    expect(model.canImport).toBe(false);
    expect(createWeightsModel(known).canImport).toBe(false);
    expect(createWeightsModel({ ...known, prefixes: [{ prefix: 'net.', weights: 100 }] }).canImport).toBe(true);
  });

  it('says what fits and what does not, in a sentence', async () => {
    expect((await weightsFixture(fixtureBackbone)).model).toMatchObject({
      verdict: '100 of 100 weights of resnet18 (width 4, stem small) matched: it fits.',
      fits: true,
      usedBy: 'moco of study.transfer.yaml',
    });
    const { model } = await weightsFixture({ ...fixtureBackbone, name: 'resnet34' });
    expect(model.verdict).toMatch(/^100 of 180 weights of resnet34 .* it does not fit \(80 missing\)\.$/);
  });

  it('of names that are not known proposes what may be meant', () => {
    const file = { ...fixtureFile(), tensors: new Map([['something', [...fixtureFile().tensors.values()][0]!]]) };
    const summary = describeWeights(file);
    const model = createWeightsModel({ ...known, summary, prefixes: [{ prefix: 'odd.', weights: 9 }] });
    expect(model.fits).toBeUndefined();
    expect(model.verdict).toBe('No backbone was found under a known name.');
    expect(model.proposals).toEqual([{ prefix: 'odd.', weights: 9, isUsed: false }]);
  });

  it('before anything is known is empty, and after a failure says why', () => {
    expect(createWeightsModel({ ...known, state: 'opening' })).toMatchObject({ facts: [], verdict: '', stored: 0 });
    expect(createWeightsModel({ ...known, state: 'failed', message: 'cut short' }).message).toBe('cut short');
  });
});

describe('numbers', () => {
  it('are short, and signed with a real minus', () => {
    expect([0.0123456, -1.5, 99_999, 1.2e-9, 3.4e12, 0].map(formatReal)).toEqual([
      ...['0.01235', '−1.5', '99999', '1.20e−9', '3.40e12', '0'],
    ]);
    expect([0, 0.0004, 0.25, 0.9996, 1].map(formatShareOfTensor)).toEqual([
      '0 %',
      '< 0.1 %',
      '25 %',
      '> 99.9 %',
      '100 %',
    ]);
  });
});
