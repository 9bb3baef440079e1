/** Runs read for a Compare panel: one that cannot be read is named once and left alone, the others are there. */
import { describe, expect, it, vi } from 'vitest';
import { createCompareData } from '../../../../src/host/panels/compareData';
import type { LibraryRun } from '../../../../src/host/runs/runLibrary';
import type { RunServices } from '../../../../src/host/runs/runServices';
import { comparedRun } from '../../../support/compareFixture';

const out = '/w/.transferscope';

describe('runs to compare', () => {
  it('name a run that cannot be read, and read it again only when it changes', async () => {
    const [good, bad] = [comparedRun({ run: 'good' }), comparedRun({ run: 'bad' })];
    const toRun = ({ run, manifest }: typeof good): LibraryRun =>
      ({
        run,
        out,
        folder: `${out}/runs/${run}`,
        manifest,
        state: 'done',
        status: undefined,
        problems: [],
      }) as unknown as LibraryRun;
    let runs = [toRun(bad), toRun(good)];
    const readOrigin = vi.fn(({ run }: LibraryRun) =>
      run === 'bad' ? Promise.reject(new Error('its disk is gone')) : Promise.resolve({ launched: good.experiment }),
    );
    const services = {
      library: {
        ...{ runs: () => runs, ready: () => Promise.resolve() },
        records: () => Promise.resolve({ records: good.records, damaged: new Map() }),
      },
      ...{ results: { readOrigin }, log: { error: vi.fn() } },
    } as unknown as RunServices;
    let tellMore = (): void => undefined;
    const more = new Promise<void>((resolve) => (tellMore = resolve));
    const data = createCompareData(services, {}, () => tellMore());
    await data.read();
    await more;
    for (let i = 0; i < 2; i++) {
      const known = await data.read();
      expect(known.problems).toEqual(['bad cannot be read: its disk is gone']);
      expect(known.rows).toHaveLength(1);
      expect(known.reading).toBeUndefined();
    }
    expect(readOrigin).toHaveBeenCalledTimes(2);
    readOrigin.mockImplementation(() => Promise.resolve({ launched: bad.experiment }));
    runs = [toRun({ ...bad, manifest: { ...bad.manifest } }), runs[1]!];
    await data.read();
    await vi.waitFor(async () => expect((await data.read()).rows).toHaveLength(2));
    expect((await data.read()).problems).toEqual([]);
    data.dispose();
  });
});
