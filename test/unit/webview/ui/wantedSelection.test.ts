/** What other panels chose is followed when it can be, and forced on nobody. */
import { describe, expect, it } from 'vitest';
import { createWantedSelection } from '../../../../webview/ui/wantedSelection';

const image = { data: 'emoji', split: 'test', name: 'a.png' };

describe('an image of other data', () => {
  it('opens these data once, and is followed when they are read', () => {
    const opened: string[] = [];
    const read = new Set<string>();
    const sources = {
      isRead: (source: string) => read.has(source),
      isKnown: () => true,
      open: (source: string) => void opened.push(source),
    };
    const wanted = createWantedSelection();
    wanted.add({ image, category: 'cat' });
    expect(wanted.take(sources)).toEqual({ image, category: 'cat' });
    expect(wanted.take(sources)).toEqual({ image });
    expect(opened).toEqual(['emoji/test']);
    read.add('emoji/test');
    expect(wanted.take(sources)).toEqual({ image });
    expect(wanted.take(sources)).toEqual({});
  });

  it('opens them again when it is chosen again, and nothing that cannot be read', () => {
    const opened: string[] = [];
    const sources = { isRead: () => false, isKnown: () => true, open: (source: string) => void opened.push(source) };
    const wanted = createWantedSelection();
    for (let i = 0; i < 2; i++) {
      wanted.add({ image });
      wanted.take(sources);
    }
    expect(opened).toEqual(['emoji/test', 'emoji/test']);
    wanted.add({ image });
    wanted.take({ ...sources, isKnown: () => false });
    expect(opened).toHaveLength(2);
  });
});
