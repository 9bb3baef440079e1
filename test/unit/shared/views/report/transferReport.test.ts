/** The report's numbers against hand computation: means, Student intervals, pairing by seed, best, chance, notes. */
import { describe, expect, it } from 'vitest';
import { compareSeeds, judgeDifference } from '../../../../../src/shared/views/report/compareSeeds';
import { createTransferReport, type ReportInput } from '../../../../../src/shared/views/report/transferReport';
import { blockLayers, createRun, createRunOfValues, reportCases } from '../../../../support/reportFixture';

/** 97.5 % quantiles of Student's t from printed tables. */
const t1 = 12.7062;
const t2 = 4.30265;

function cellOf(input: ReportInput, pretraining: string, column = 0) {
  const report = createTransferReport(input);
  return report.rows.find((row) => row.pretraining === pretraining)?.cells[column];
}

describe('means and intervals', () => {
  it('averages seeds with a Student interval', () => {
    // Mean 0.2; deviations −0.02, 0, 0.02; s = 0.02; half width t(2) · 0.02 / √3.
    const cell = cellOf(createRunOfValues({ a: { probe: [0.18, 0.2, 0.22] } }), 'a')!;
    expect(cell.n).toBe(3);
    expect(cell.mean).toBeCloseTo(0.2, 12);
    expect(cell.sd).toBeCloseTo(0.02, 12);
    expect(cell.halfWidth).toBeCloseTo((t2 * 0.02) / Math.sqrt(3), 6);
  });

  it('uses the seeds that are there', () => {
    // Two values: s = |a − b| / √2, half width t(1) · s / √2 = t(1) · |a − b| / 2.
    const cell = cellOf(createRunOfValues({ a: { probe: [0.18, null, 0.22] } }), 'a')!;
    expect(cell.values.map(({ seed }) => seed)).toEqual([0, 2]);
    expect(cell.halfWidth).toBeCloseTo(t1 * 0.02, 4);
  });

  it('gives no interval for one seed and no cell for none', () => {
    const input = createRunOfValues({ a: { probe: [0.3, null, null] }, b: { probe: [null, null, null] } });
    expect(cellOf(input, 'a')!.halfWidth).toBeUndefined();
    expect(cellOf(input, 'b')).toBeUndefined();
  });
});

describe('difference to the reference', () => {
  it('pairs by seed', () => {
    // Differences 0.1, 0.12, 0.11: mean 0.11, s = 0.01, whatever the seeds do to both.
    const input = createRunOfValues({ random: { probe: [0.1, 0.4, 0.7] }, a: { probe: [0.2, 0.52, 0.81] } });
    const { versusReference } = cellOf(input, 'a')!;
    expect(versusReference!.mean).toBeCloseTo(0.11, 12);
    expect(versusReference!.halfWidth).toBeCloseTo((t2 * 0.01) / Math.sqrt(3), 6);
    expect(judgeDifference(versusReference!)).toBe('above');
    expect(cellOf(input, 'random')!.versusReference).toBeUndefined();
  });

  it('leaves out seeds that only one side has', () => {
    const input = createRunOfValues({ random: { probe: [0.1, null, 0.7] }, a: { probe: [null, 0.5, 0.8] } });
    const { versusReference } = cellOf(input, 'a')!;
    expect(versusReference).toMatchObject({ n: 1 });
    expect(versusReference!.mean).toBeCloseTo(0.1, 12);
    expect(judgeDifference(versusReference!)).toBe('unclear');
  });

  it('needs a shared seed, and does not depend on order', () => {
    expect(compareSeeds([{ seed: 0, value: 1 }], [{ seed: 1, value: 1 }])).toBeUndefined();
    const own = [0.5, 0.6, 0.9].map((value, seed) => ({ seed, value }));
    const other = [0.4, 0.45, 0.7].map((value, seed) => ({ seed, value }));
    expect(compareSeeds(own, [...other].reverse())).toEqual(compareSeeds(own, other));
  });

  it('is unclear at the edge of the interval', () => {
    expect(judgeDifference({ mean: 0.02, halfWidth: 0.02 })).toBe('unclear');
    expect(judgeDifference({ mean: 0.021, halfWidth: 0.02 })).toBe('above');
    expect(judgeDifference({ mean: -0.021, halfWidth: 0.02 })).toBe('below');
    expect(judgeDifference({ mean: 0.5 })).toBe('unclear');
  });

  it('is absent without random weights', () => {
    const report = createTransferReport(reportCases.noReference());
    expect(report.reference).toBeUndefined();
    expect(report.rows.flatMap(({ cells }) => cells).every((cell) => cell && cell.versusReference === undefined)).toBe(
      true,
    );
  });
});

describe('the table', () => {
  it('marks the highest mean of each column, ties both', () => {
    const report = createTransferReport(
      createRunOfValues({
        random: { one: [0.1, 0.1, 0.1], two: [0.5, 0.5, 0.5] },
        a: { one: [0.3, 0.3, 0.3], two: [0.2, 0.2, 0.2] },
        b: { one: [0.3, 0.3, 0.3] },
      }),
    );
    expect(report.rows.map(({ cells }) => cells.map((cell) => cell?.best))).toEqual([
      [false, true],
      [true, false],
      [true, undefined],
    ]);
  });

  it('keeps the order of the experiment and knows chance', () => {
    const report = createTransferReport(createRun());
    expect(report.rows.map(({ pretraining }) => pretraining)).toEqual(['random', 'supervised', 'moco', 'exemplar']);
    expect(report.columns.map(({ transfer }) => transfer)).toEqual([
      'probe',
      'neighbours',
      'same-emoji',
      'digits-probe',
    ]);
    expect(report.columns.map(({ chance }) => chance)).toEqual([1 / 95, 1 / 95, 1 / 1911, 1 / 10]);
    expect(report.reference).toBe('random');
  });

  it('gives every layer its own mean, the last one the same as in the table', () => {
    const input = createRun();
    const report = createTransferReport(input);
    const view = report.depths[0]!;
    expect(view.layers.map(({ layer }) => layer)).toEqual(blockLayers);
    const results = input.records.flatMap(({ id, result }) =>
      result.kind === 'transfer' && /^moco\/.*\/probe$/.test(id) ? [result] : [],
    );
    const byHand = results.reduce((sum, result) => sum + result.layers[3]!.metrics.accuracy! / results.length, 0);
    expect(results).toHaveLength(3);
    expect(view.series[2]!.points[3]!.mean).toBeCloseTo(byHand, 12);
    expect(view.series.map(({ points }) => points.at(-1)!.mean)).toEqual(
      report.rows.map(({ cells }) => cells[0]!.mean),
    );
  });

  it('survives missing stages', () => {
    const report = createTransferReport(reportCases.missingStages());
    expect(report.rows[2]!.cells[3]).toBeUndefined();
    expect(report.rows[3]!.cells.map((cell) => cell!.n)).toEqual([1, 1, 1, 1]);
    expect(report.depths[3]!.series[2]!.points.every((point) => point === undefined)).toBe(true);
    expect(createTransferReport(reportCases.nothing())).toMatchObject({ columns: [], findings: [], depths: [] });
  });
});

describe('how it came about', () => {
  it('describes weights, time and digests by seed', () => {
    const { makings } = createTransferReport(createRun());
    expect(makings.map(({ origin }) => origin)).toEqual([
      'random weights',
      'imported from supervised-seed0.safetensors and 2 more',
      'imported from moco-seed0.safetensors and 2 more',
      'exemplar, 2,500 steps on 1,911 images',
    ]);
    expect(makings[3]).toMatchObject({ seconds: 190, parameters: 701_728 });
    expect(makings[3]!.digests.map(({ seed, digest }) => [seed, digest.length])).toEqual([[0, 64], [1, 64], [2, 64]]); // prettier-ignore
  });

  it('repeats what an imported checkpoint says of itself', () => {
    const input = createRun();
    const records = input.records.map((record) => {
      const isMoco = record.id.startsWith('moco/') && record.result.kind === 'pretraining';
      return isMoco
        ? { ...record, result: { ...record.result, origin: 'moco, 2500 steps on 1911 images, seed 0' } }
        : record;
    });
    expect(createTransferReport({ ...input, records }).rows[2]!.origin).toBe(
      'imported: moco, 2500 steps on 1911 images',
    );
  });

  it('counts the time of every stage once', () => {
    // Per seed: 3 × 0.4 s and 190 s of pretraining, 4 × 0.4 s of features, 16 × 2.5 s of transfers.
    const { provenance } = createTransferReport(createRun());
    expect(provenance.seconds).toBeCloseTo(3 * (3 * 0.4 + 190 + 4 * 0.4 + 16 * 2.5), 9);
  });

  it('writes the command that runs it again', () => {
    const commandOf = (input: ReportInput) => createTransferReport(input).provenance.command;
    const run = createRun({ manifest: { launch: { seeds: [3, 4], only: ['moco', "it's"] } } });
    expect(commandOf({ ...run, file: 'my examples/a.yaml' })).toBe(
      `transferscope run 'my examples/a.yaml' --runtime wasm --seed 3,4 --only moco 'it'\\''s'`,
    );
    expect(commandOf({ ...createRun(), file: 'a.yaml' })).toBe('transferscope run a.yaml --runtime wasm');
  });
});

describe('notes', () => {
  const notesOf = (input: ReportInput) => createTransferReport(input).notes;

  it('says nothing about a complete run', () => expect(notesOf(createRun())).toEqual([]));

  it('counts what is missing and names the state', () => {
    expect(notesOf(reportCases.missingStages())[0]).toBe(
      // Two seeds of exemplar with six stages each, three cells of moco.
      'Run interrupted: 15 of 72 stages have no result yet, so this report is not complete.',
    );
  });

  it('warns of one seed, and of one set of weights for all seeds', () => {
    expect(notesOf(reportCases.oneSeed())).toEqual([
      'One seed only: there is no interval, so differences are not judged.',
    ]);
    const input = createRun();
    const isShared = (id: string) => id.startsWith('moco/') && !id.startsWith('moco/seed-0');
    const manifest = { ...input.manifest, stages: input.manifest.stages.filter(({ id }) => !isShared(id)) };
    expect(notesOf({ ...input, manifest })).toEqual([
      'moco is one set of weights for all seeds: an interval beside it, if any, covers the draw of images, not the training.',
    ]);
  });

  it('passes on what stages and readers say, each once, and counts many bad images', () => {
    const input = createRun();
    const problems = Array.from({ length: 12 }, (_, i) => ({ file: `${i}.png`, message: 'not a PNG' }));
    const records = input.records.map((record) => {
      const { result } = record;
      if (result.kind === 'features') return { ...record, result: { ...result, problems } };
      if (record.id === 'exemplar/seed-0') return { ...record, result: { ...result, notes: ['collapsed'] } };
      return record;
    });
    const notes = notesOf({ ...input, records, problems: ['the disk is full'] });
    expect(notes).toHaveLength(1 + 1 + 10 + 1);
    expect(notes.slice(0, 3)).toEqual(['the disk is full', 'exemplar/seed-0: collapsed', 'Left out 0.png: not a PNG']);
    expect(notes.at(-1)).toBe('Left out 2 further images that could not be read.');
  });
});
