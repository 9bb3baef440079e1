/** What pretrainings cost, against sums done by hand. */
import { describe, expect, it } from 'vitest';
import { createCostTable } from '../../../../../src/cli/report/costTable';
import { createCosts } from '../../../../../src/shared/views/report/costs';
import { JoinedRun } from '../../../../../src/shared/views/report/joinedRun';
import { createTransferReport, type ReportInput } from '../../../../../src/shared/views/report/transferReport';
import type { LoadRow } from '../../../../../src/shared/results/runManifest';
import type { StageRecord } from '../../../../../src/shared/results/records';
import { createRun, fourPretrainings, fourTransfers } from '../../../../support/reportFixture';

const at = (second: number): string => new Date(Date.UTC(2025, 0, 1) + 1000 * second).toISOString();
const backbone = { name: 'resnet18', width: 64, stem: 'imagenet', dilate: [false, false, false] };

/** Two seeds of one pretraining: 100 s and 120 s for its 2,500 steps, and 10 s for the probe of each. */
function timed(): ReportInput {
  const input = createRun({
    seeds: [0, 1],
    layers: ['avgpool'],
    pretrainings: [fourPretrainings[3]!],
    transfers: [fourTransfers[0]!],
  });
  const records = input.records.map((record): StageRecord => {
    const start = 1000 * record.seed + (record.kind === 'pretraining' ? 0 : 200);
    const seconds = record.kind === 'pretraining' ? 100 + 20 * record.seed : record.kind === 'transfer' ? 10 : 0;
    const made = { ...record.made, startedAt: at(start), finishedAt: at(start + seconds), seconds };
    return { ...record, made, settings: { backbone, pretraining: { imageSize: 224 } } };
  });
  return { ...input, records };
}

const row = (second: number, rss: number, joules?: number, gpuJoules?: number): LoadRow => ({
  ...{ at: at(second), cores: 1, rss, heap: 1, free: 1 },
  ...(joules !== undefined && { joules }),
  ...(gpuJoules !== undefined && { gpuJoules }),
});

function costsOf(load?: readonly LoadRow[], change: (record: StageRecord) => StageRecord | undefined = (same) => same) {
  const { manifest, records } = timed();
  const changed = records.flatMap((record) => change(record) ?? []);
  return createCosts(new JoinedRun(manifest.stages, changed), load && [load]);
}

describe('what a pretraining cost', () => {
  it('is the mean over its seeds', () => {
    expect(costsOf()).toEqual([
      {
        pretraining: 'exemplar',
        parameters: expect.any(Number) as number,
        // PyTorch's count (test/golden/make/resnet.py).
        multiplyAdds: 1_813_561_344,
        imageSize: 224,
        seconds: 110,
        secondsPerStep: 110 / 2500,
        transferSeconds: 10,
      },
    ]);
  });

  it('has the highest memory while its stages were computed, and no other', () => {
    expect(costsOf([row(50, 7), row(150, 99), row(205, 8), row(5000, 99)])[0]?.peakBytes).toBe(8);
    expect(costsOf([row(150, 99)])[0]?.peakBytes).toBeUndefined();
  });

  it('has the energy of its own time, between two readings in proportion', () => {
    // 2 W from second 80 to 120 and on: 20 s of the pretraining are in it, then 10 s of the probe.
    const load = [row(80, 1, 500), row(120, 1, 580), row(240, 1, 820), row(300, 1, 3)];
    expect(costsOf(load)[0]?.joules).toBeCloseTo(20 * 2 + 10 * 2, 9);
  });

  it('tells the energy of graphics processors apart', () => {
    const load = [row(80, 1, 500, 10), row(120, 1, 580, 8010), row(240, 1, 820, 32_010)];
    const [cost] = costsOf(load, (record) => (record.seed === 0 ? record : undefined));
    // 200 W for 20 s of the pretraining and 10 s of the probe.
    expect(cost?.gpuJoules).toBeCloseTo(200 * 30, 9);
    expect(cost?.joules).toBeCloseTo(60, 9);
  });

  it('takes each stage from the run that was watched then', () => {
    const { manifest, records } = timed();
    const own = records.filter(({ seed }) => seed === 0);
    const earlier = [row(0, 5, 0), row(120, 7, 240)];
    const later = [row(190, 9, 900), row(220, 9, 960)];
    for (const loads of [
      [later, earlier],
      [earlier, later],
    ]) {
      const [cost] = createCosts(new JoinedRun(manifest.stages, own), loads);
      expect(cost?.joules).toBeCloseTo(2 * 100 + 2 * 10, 9);
      expect(cost?.peakBytes).toBe(5);
    }
  });

  it('of a snapshot is not the time of copying it', () => {
    const [cost] = costsOf([], (record) => {
      const { result } = record;
      const takenOf = { key: 'k', total: 5000 };
      return result.kind === 'pretraining' ? { ...record, result: { ...result, takenOf } } : record;
    });
    expect(cost).not.toHaveProperty('seconds');
    expect(cost).not.toHaveProperty('secondsPerStep');
    expect(cost).toMatchObject({ transferSeconds: 10, multiplyAdds: 1_813_561_344 });
  });

  it('is the mean over the seeds that are done, also of energy', () => {
    const load = [row(80, 1, 500), row(120, 1, 580), row(240, 1, 820)];
    const [cost] = costsOf(load, (record) => (record.seed === 0 ? record : undefined));
    expect(cost).toMatchObject({ seconds: 100, transferSeconds: 10 });
    expect(cost?.joules).toBeCloseTo(20 * 2 + 10 * 2, 9);
    // Computed in an earlier run, of which this one knows no load.
    expect(costsOf(load)[0]?.joules).toBeCloseTo(20 * 2 + 10 * 2, 9);
  });

  it.each<[string, (record: StageRecord) => StageRecord]>([
    ['resumed', (record) => ({ ...record, made: { ...record.made, attempts: 2 } })],
    ['of several processes', (record) => ({ ...record, settings: { backbone, pretraining: { processes: 2 } } })],
  ])('has no memory and no energy of a training that was %s', (_, change) => {
    const load = [row(50, 7, 500), row(120, 8, 580)];
    const [cost] = costsOf(load, (record) => (record.kind === 'pretraining' ? change(record) : record));
    expect(costsOf(load)[0]).toMatchObject({ peakBytes: 7, joules: expect.any(Number) as number });
    expect(cost).not.toHaveProperty('peakBytes');
    expect(cost).not.toHaveProperty('joules');
    expect(cost?.seconds).toBe(110);
  });

  it('stands in a table that leaves out what nobody recorded, and says so', () => {
    const table = createCostTable(createTransferReport(timed()))!;
    expect(table.head).not.toContain('energy');
    expect(table.rows[0]?.cells).toContain('1.8 billion at 224 px');
    expect(table.rows[0]?.cells).toContain('44 ms');
    expect(table.note).toContain('Not recorded here: peak memory, energy, GPU energy.');
  });
});
