/** What the Features panel makes of files: images, layers and models joined, cells, curves, distances, the table. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  defaultFeaturesView,
  type FeaturesKind,
  type FeaturesStage,
  type FeaturesView,
} from '../../../../../src/shared/protocol/panels/featuresPanel';
import { parseActivations } from '../../../../../src/shared/results/activations';
import { parseAttribution } from '../../../../../src/shared/results/attribution';
import { decodeInversion } from '../../../../../src/shared/results/inversion';
import { parseMaximisation } from '../../../../../src/shared/results/maximisation';
import { createCell, keptInOrder, measureAt } from '../../../../../src/shared/views/features/featuresCells';
import { changeAxis, createFeaturesGrid, followSelection } from '../../../../../src/shared/views/features/featuresGrid';
import {
  FeaturesStudy,
  selectFeaturesStages,
  type FeaturesFile,
} from '../../../../../src/shared/views/features/featuresStudy';
import { featuresCsv } from '../../../../../src/shared/views/features/featuresTable';
import {
  distanceTable,
  inversionCurves,
  perceptualMeasure,
} from '../../../../../src/shared/views/features/inversionFigures';
import { featuresModel, makeFeaturesFiles } from '../../../../support/featuresFixture';

const places = [3, 777];
const qualities = { moco: 0.9, random: 0.1 } as const;
let read: { stage: FeaturesStage; file: FeaturesFile }[];
let study: FeaturesStudy;
const view = (change: Partial<FeaturesView> = {}): FeaturesView => ({ ...defaultFeaturesView, ...change });

beforeAll(async () => {
  const kinds: FeaturesKind[] = ['inversion', 'activations', 'attribution', 'maximisation'];
  const stages = (['moco', 'random'] as const).flatMap((pretraining) => kinds.map((kind) => ({ kind, pretraining })));
  const model = featuresModel(stages, '');
  read = await Promise.all(
    model.stages.map(async (stage) => {
      const { kind, pretraining } = stage;
      const files = await makeFeaturesFiles(kind, qualities[pretraining as 'moco'], { pretraining, places });
      return { stage, file: parse(kind, Buffer.from(files[`${kind}.json`]!).toString()) };
    }),
  );
  study = new FeaturesStudy(model, read);
});

function parse(kind: FeaturesKind, text: string): FeaturesFile {
  if (kind === 'inversion') return { kind, value: decodeInversion(text) };
  const parsed =
    kind === 'activations'
      ? { kind, ...parseActivations(text) }
      : kind === 'attribution'
        ? { kind, ...parseAttribution(text) }
        : { kind, ...parseMaximisation(text) };
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed as FeaturesFile;
}

describe('files joined', () => {
  it('knows an image once, whichever analysis looked at it', () => {
    expect(study.images.map(({ key }) => key)).toEqual(['emoji/google/3', 'emoji/google/777']);
    expect(study.layers.map(({ layer }) => layer)).toEqual(['layer1', 'layer2', 'layer3', 'layer4']);
    expect(study.models.map(({ id, look }) => [id, look])).toEqual([
      ['moco', 0],
      ['random', 1],
    ]);
    expect(study.shows).toEqual([
      'image',
      'inversion',
      'error',
      'channel',
      'strength',
      'colours',
      'grad-cam',
      'occlusion',
    ]);
    expect(study.iterations).toEqual([0, 100, 300, 1000, 3000]);
    expect(study.wishesOf('moco')).toHaveLength(1);
  });

  it('lets the first of two stages count, and has nothing where nothing was computed', () => {
    const [first] = read.filter(({ file }) => file.kind === 'inversion');
    const later = { ...first!, stage: { ...first!.stage, key: 'later', folder: 'later' } };
    const twice = new FeaturesStudy({ pretrainings: [{ id: 'moco', look: 0 }] }, [first!, later]);
    expect(twice.inversion('emoji/google/3', 'layer1', 'moco')?.stage.key).toBe('moco-inversion');
    expect(twice.inversion('emoji/google/3', 'layer1', 'random')).toBeUndefined();
    expect(twice.shows).toEqual(['image', 'inversion', 'error']);
    const grid = createFeaturesGrid(twice, view(), 'inversion')!;
    expect(createCell(twice, view(), { ...grid.place(0, 1), model: 'random' }, 'inversion')).toBeUndefined();
  });

  it('takes stages of one seed and source, of another seed where a pretraining has none', () => {
    const [a] = featuresModel([{ kind: 'inversion', pretraining: 'moco' }], '').stages;
    const all = [
      { ...a!, key: 'seed 0' },
      { ...a!, key: 'seed 1', seed: 1 },
      { ...a!, key: 'imported', pretraining: 'imported' },
      { ...a!, key: 'elsewhere', seed: 1, data: 'faces' },
      { ...a!, key: 'wishes', seed: 1, kind: 'maximisation' as const, analysis: 'wishes', data: 'faces' },
    ];
    const chosen = selectFeaturesStages(all, { seed: 1, source: 'emoji/google' });
    expect(chosen.map(({ key }) => key)).toEqual(['seed 1', 'imported', 'wishes']);
  });
});

describe('the table of pictures', () => {
  it('has the images themselves first, and the last layer unless another is chosen', () => {
    const grid = createFeaturesGrid(study, view(), 'inversion')!;
    expect(grid.columns.map(({ title }) => title)).toEqual(['image', 'moco', 'random']);
    expect([grid.fixed, grid.at.layer]).toEqual(['layers', 'layer4']);
    expect(grid.place(1, 2)).toMatchObject({ model: 'random', layer: 'layer4', isImage: false });
    expect(grid.place(1, 0)).toMatchObject({ image: { place: 777 }, isImage: true });
    const turned = createFeaturesGrid(study, view({ rows: 'layers', columns: 'images', model: 'random' }), 'colours')!;
    expect(turned.rows.map(({ title }) => title)).toEqual(['image', 'layer1', 'layer2', 'layer3', 'layer4']);
    expect(turned.place(2, 1)).toMatchObject({ model: 'random', layer: 'layer2', image: { place: 777 } });
    const plain = createFeaturesGrid(study, view({ rows: 'models', columns: 'layers' }), 'inversion')!;
    expect(plain.columns).toHaveLength(4);
  });

  it('exchanges rows and columns that would be the same', () => {
    expect(changeAxis(view(), { rows: 'models' })).toMatchObject({ rows: 'models', columns: 'images' });
    expect(changeAxis(view(), { columns: 'layers' })).toMatchObject({ rows: 'images', columns: 'layers' });
  });

  it('follows what other panels chose, as far as it is here', () => {
    const image = { data: 'emoji', split: 'google', name: study.images.at(-1)!.name };
    const change = followSelection(study, view(), { pretraining: 'random', layer: 'conv1', image });
    expect(change).toEqual({ model: 'random', image: 'emoji/google/777' });
    expect(followSelection(study, view(), { pretraining: 'gone' })).toBeUndefined();
  });

  it('is saved with a row for each picture', () => {
    const grid = createFeaturesGrid(study, view(), 'inversion')!;
    const lines = featuresCsv(study, view({ iteration: 300 }), grid, 'inversion')
      .trim()
      .split('\r\n');
    expect(lines).toHaveLength(1 + 4);
    expect(lines[0]).toContain('iteration,perceptual');
    expect(lines[1]).toContain(',moco,layer4,inversion,');
    expect(lines[1]!.split(',').at(-7)).toBe('300');
  });
});

describe('cells', () => {
  const at = (image = 0, layer = 'layer2', model = 'moco') => ({ image: study.images[image]!, layer, model });

  it('show the picture kept last before the iteration', () => {
    const urlAt = (iteration?: number) => createCell(study, view({ iteration }), at(), 'inversion')!.picture!.url;
    expect(urlAt()).toBe('https://stages.test/moco-inversion/inversion-0-layer2-3000.png');
    expect(urlAt(999)).toContain('-300.png');
    expect(urlAt(0)).toContain('-0.png');
    expect(createCell(study, view(), at(), 'inversion')!.words).toMatch(
      /after 3,000 updates, perceptual distance 0\.\d/,
    );
  });

  it('show the channel of a place in the order', () => {
    const cell = createCell(study, view({ rank: 1, order: 'mean' }), at(1), 'channel')!;
    // The second of the order: channel 8, which is the fifth of those that were kept.
    expect(cell.caption).toBe('#8');
    expect(cell.map!.source).toMatchObject({
      tensor: 'layer2/maps',
      slice: { image: 1, channel: 4, channels: 6, height: 8 },
    });
    const { layer } = study.watched('layer2', 'moco')!;
    expect(keptInOrder(layer, 'difference')).toEqual(keptInOrder(layer, 'meanPeak'));
    expect(createCell(study, view({ rank: 99 }), at(), 'channel')!.caption).toBe('#10');
  });

  it('show what speaks for a class where it was explained', () => {
    const cell = createCell(study, view(), at(0, 'layer3'), 'grad-cam')!;
    expect(cell).toMatchObject({ caption: '85 % Smileys & Emotion', map: { colours: 'heat', covers: [0, 0, 1, 1] } });
    expect(createCell(study, view(), at(0, 'layer3'), 'occlusion')!.map).toMatchObject({ colours: 'signed', peak: 1 });
  });
});

describe('distances', () => {
  it('are means over the images, of all or of one', () => {
    const found = study.images.map(({ key }) => study.inversion(key, 'layer2', 'moco')!);
    const [moco, random] = inversionCurves(study, { layer: 'layer2', measure: 'perceptual' });
    expect([moco!.model, random!.look, moco!.images]).toEqual(['moco', 1, 2]);
    const at300 = found.map((one) => measureAt(one, 'perceptual', 300));
    expect(moco!.y[2]).toBeCloseTo((at300[0]! + at300[1]!) / 2, 12);
    const [own] = inversionCurves(study, { layer: 'layer2', measure: 'perceptual', image: study.images[1]!.key });
    expect(own!.y[2]).toBe(at300[1]);
    const rows = distanceTable(study, view({ iteration: 300 }));
    expect(rows[0]!.values[1]!.mean).toBeCloseTo(moco!.y[2]!, 12);
    expect(rows[0]!.values[1]!.n).toBe(2);
  });

  it('come from the curve where the loss is meant', () => {
    const [moco] = inversionCurves(study, { layer: 'layer1', measure: 'loss' });
    expect(moco!.x).toHaveLength(61);
    const found = study.inversion(study.images[0]!.key, 'layer1', 'moco')!;
    expect(measureAt(found, 'loss', 120)).toBe(found.inversion.curve.losses[2]);
    expect(measureAt(found, 'loss', undefined)).toBe(found.inversion.curve.losses.at(-1));
  });

  it('say which perceptual measure they are', () => {
    expect(perceptualMeasure(study)).toBe('random-lpips');
    const [first] = read.filter(({ file }) => file.kind === 'inversion');
    const value = (first!.file as Extract<FeaturesFile, { kind: 'inversion' }>).value;
    const other = { kind: 'inversion', value: { ...value, perceptual: { measure: 'lpips', trunk: 'alex' } } } as const;
    const stage = { ...first!.stage, key: 'b', pretraining: 'b' };
    const mixed = new FeaturesStudy(
      {
        pretrainings: [
          { id: 'moco', look: 0 },
          { id: 'b', look: 1 },
        ],
      },
      [first!, { stage, file: other }],
    );
    expect(perceptualMeasure(mixed)).toBe('several');
  });
});
