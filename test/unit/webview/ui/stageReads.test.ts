/** What panels read of stages: once where it is there, again where it was not; the same for their engine. */
import { describe, expect, it, vi } from 'vitest';
import { createEngineOnce, type Engine } from '../../../../webview/ui/engine';
import { createStageReads } from '../../../../webview/ui/stageReads';

interface NoCalls {
  readonly none: { readonly ask: undefined; readonly reply: undefined };
}

describe('what a panel reads', () => {
  it('is read once for each stage, and again where it could not be read', async () => {
    const [good, bad] = ['good', 'bad'].map((key) => ({ key, analysis: 'map', pretraining: key }));
    const readOne = vi.fn(({ key }: { readonly key: string }) =>
      key === 'bad' ? Promise.reject(new Error('it is gone')) : Promise.resolve(1),
    );
    const read = createStageReads<NonNullable<typeof good>, number>();
    const first = { read: [{ stage: good, value: 1 }], problems: ['map of bad: it is gone'] };
    expect(await read([bad!, good!], readOne)).toEqual(first);
    readOne.mockResolvedValue(2);
    expect(await read([bad!, good!], readOne)).toEqual({
      read: [
        { stage: bad, value: 2 },
        { stage: good, value: 1 },
      ],
      problems: [],
    });
    expect(readOne).toHaveBeenCalledTimes(3);
  });

  it('starts an engine once, and anew where it did not start', async () => {
    const engine = { call: vi.fn(), dispose: vi.fn() } as unknown as Engine<NoCalls>;
    const start = vi.fn<(script: string) => Promise<Engine<NoCalls>>>();
    start.mockRejectedValueOnce(new Error('no script')).mockResolvedValue(engine);
    const once = createEngineOnce<NoCalls>(start);
    await expect(once('a')).rejects.toThrow('no script');
    expect(await Promise.all([once('a'), once('a')])).toEqual([engine, engine]);
    expect(start).toHaveBeenCalledTimes(2);
  });
});
