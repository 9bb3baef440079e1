/** Compare panel: which row is looked at in other panels, and back. */
import { describe, expect, it } from 'vitest';
import type { CompareRow } from '../../../../../src/shared/protocol/panels/comparePanel';
import { rowOfSelection, selectionOfRow } from '../../../../../src/shared/views/compare/followCompare';

const row = (run: string, pretraining: string, measure: string, file = '/w/a.transfer.yaml'): CompareRow =>
  ({
    ...{ id: `${run}/${pretraining}/${measure}`, run, pretraining, measure, file },
    ...{ kind: measure === 'cka' ? 'analysis' : 'transfer', createdAt: `2026-01-0${run.at(-1)}` },
  }) as CompareRow;
const rows = [
  row('a-1', 'moco', 'probe'),
  row('a-2', 'moco', 'probe'),
  row('a-2', 'moco', 'voc'),
  row('a-2', 'random', 'probe'),
  row('b-3', 'moco', 'probe', '/w/b.transfer.yaml'),
];

describe('the row that is meant', () => {
  it('is of the selected run, else of the newest', () => {
    const probe = { pretraining: 'moco', transfer: 'probe', experiment: '/w/a.transfer.yaml' };
    expect(rowOfSelection(rows, { ...probe, run: 'a-1' }, undefined)).toBe('a-1/moco/probe');
    expect(rowOfSelection(rows, probe, undefined)).toBe('a-2/moco/probe');
    expect(rowOfSelection(rows, { ...probe, run: 'gone' }, undefined)).toBe('a-2/moco/probe');
    // Of any experiment.
    expect(rowOfSelection(rows, { pretraining: 'moco' }, undefined)).toBe('b-3/moco/probe');
  });

  it('is none where nothing is named, nothing fits, or it is the current one', () => {
    expect(rowOfSelection(rows, { layer: 'layer4' }, undefined)).toBeUndefined();
    expect(rowOfSelection(rows, { pretraining: 'gone' }, undefined)).toBeUndefined();
    expect(rowOfSelection(rows, { pretraining: 'random', transfer: 'voc' }, undefined)).toBeUndefined();
    expect(rowOfSelection(rows, { run: 'a-2', pretraining: 'moco' }, 'a-2/moco/voc')).toBeUndefined();
    expect(rowOfSelection(rows, { run: 'a-1', pretraining: 'moco' }, 'a-2/moco/voc')).toBe('a-1/moco/probe');
  });

  it('tells others its experiment, run and pretraining, and what it measures where that is a transfer', () => {
    const place = { experiment: '/w/a.transfer.yaml', run: 'a-1', pretraining: 'moco' };
    expect(selectionOfRow(rows[0]!)).toEqual({ ...place, transfer: 'probe' });
    expect(selectionOfRow(row('a-1', 'moco', 'cka'))).toEqual(place);
  });
});
