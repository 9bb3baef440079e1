/** Whether a difference between methods is one of method, as the report says it, from records with settings of their own. */
import { expect, it } from 'vitest';
import { createFindings } from '../../../../../src/shared/views/report/transferReport';
import { createRun, fourTransfers } from '../../../../support/reportFixture';

const base = { data: 'emoji', split: 'train', augment: 'strong', epochs: 100, batch: 32, imageSize: 32 };

interface Row {
  readonly method: string;
  readonly gain: number;
  readonly settings: object;
}

function findingsOf(rows: Readonly<Record<string, Row>>, seeds = [0, 1, 2]): string[] {
  const pretrainings = Object.entries(rows).map(([id, { method, gain }]) => ({
    id,
    method,
    gain,
    steps: 10,
    images: 9,
  }));
  const { manifest, records } = createRun({ seeds, layers: ['avgpool'], pretrainings, transfers: [fourTransfers[0]!] });
  const settled = records.map((record) => {
    const id = manifest.stages.find(({ key }) => key === record.key)!.pretraining;
    const { method, settings } = rows[id]!;
    return record.kind === 'pretraining'
      ? { ...record, settings: { pretraining: { ...base, method, ...settings } } }
      : record;
  });
  const found = createFindings({ manifest, records: settled });
  return found.map(({ sentence }) => sentence).filter((sentence) => / separate|method alone/.test(sentence));
}

const weak = { augment: 'weak', epochs: 50 };
const far: Record<string, Row> = {
  supervised: { method: 'supervised', gain: 0.1, settings: weak },
  moco: { method: 'moco', gain: 0.5, settings: {} },
};

it('stays open where method and recipe differ together', () => {
  expect(findingsOf(far)).toEqual([
    'moco and supervised differ in method, augmentation and length, and no row separates these: what makes the difference stays open.',
  ]);
});

it('is shared out by a row between', () => {
  const [sentence, ...more] = findingsOf({
    ...far,
    'supervised-strong': { method: 'supervised', gain: 0.09, settings: { ...weak, augment: 'strong' } },
    'moco-weak': { method: 'moco', gain: 0.3, settings: weak },
  });
  expect(more).toEqual([]);
  expect(sentence).toMatch(
    /^between supervised and moco rows separate the causes: method \+[\d.]+ ± [\d.]+ points \(supervised to moco-weak\), then augmentation and length \+[\d.]+ ± [\d.]+ points \(moco-weak to moco\)\.$/,
  );
});

it('is the method where nothing else differs, and nothing is said of what is not clear', () => {
  const same = { ...far, supervised: { ...far.supervised!, settings: { learningRate: 3 } } };
  expect(findingsOf(same)).toEqual(['moco and supervised differ in the method alone, which makes the difference.']);
  expect(findingsOf({ ...far, supervised: { ...far.supervised!, gain: 0.5 } })).toEqual([]);
  expect(findingsOf(far, [0])).toEqual([]);
});
