/** Analyses in experiment files: what a kind does not read is refused or said to be without effect; data must have what it asks. */
import { describe, expect, it } from 'vitest';
import { applyFix, parse, problemLines } from './problemsOf';

const text = (...analyses: string[]) => `name: why
backbone: { name: resnet18, width: 8, stem: small }
data:
  emoji: { kind: emoji }
  scenes: { kind: emoji-scenes }
pretrainings:
  - { id: random }
  - { id: other, method: random }
analyses:
${analyses.map((line) => `  - { ${line} }`).join('\n')}
`;
const messages = (...analyses: string[]) =>
  problemLines(text(...analyses))
    .map((line) => line.replace(/^\S+ /, ''))
    .filter((line) => !line.startsWith('info'));

describe('settings of analyses', () => {
  it('say which measure does not read them, with a fix', () => {
    const written = text('kind: procrustes, between: [random, other], batch: 8, variance: 0.5');
    const { problems } = parse(written);
    const warnings = problems.filter(({ severity }) => severity === 'warning');
    expect(warnings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'no-effect: `batch` has no effect with `kind: procrustes`; remove it',
      'no-effect: `variance` has no effect with `kind: procrustes`; remove it',
    ]);
    expect(applyFix(written, warnings[0]!.fixes![0]!)).not.toContain('batch');
    expect(messages('kind: rbf-cka, between: [random, other], batch: 8, bandwidth: 2')).toEqual([]);
  });

  it.each([
    ['kind: likeness, neighbours: 5', /neighbours/],
    ['kind: readout, pool: average', /pool/],
    ['kind: leep, layers: [layer4]', /layers/],
    ['kind: geometry, between: [random]', /between/],
    ['kind: invariance, augmentations: [turn]', /augmentations|crop/],
    ['kind: likeness, augment: none', /augment|none/],
  ])('refuse what a kind does not have: %s', (line, named) => {
    const found = messages(line);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^error /);
    expect(found[0]).toMatch(named);
  });

  it('ask for classes where they are needed, and for none where they are not', () => {
    expect(messages('kind: likeness, data: scenes')[0]).toMatch(/^error no-image-labels/);
    expect(messages('kind: leep, data: scenes')[0]).toMatch(/^error no-image-labels/);
    expect(messages('kind: invariance, data: scenes', 'kind: readout, data: scenes')).toEqual([]);
  });

  it('use the data that they name', () => {
    const unused = (...lines: string[]) => problemLines(text(...lines)).filter((line) => line.includes('unused-data'));
    expect(unused('kind: readout, data: scenes', 'kind: geometry, data: emoji')).toEqual([]);
    expect(unused('kind: readout, data: scenes')).toHaveLength(1);
  });

  it('look at the split that they name, of data that they do not', () => {
    const { experiment } = parse(text('kind: readout, split: twitter', 'kind: cka, between: [random], split: twitter'));
    expect(experiment!.analyses.map((one) => 'data' in one && [one.data, one.split])).toEqual([
      ['emoji', 'twitter'],
      ['emoji', 'twitter'],
    ]);
  });

  it('need no data where they look at none', () => {
    const written = (more: string) => `name: wishes
backbone: { name: resnet18, width: 8, stem: small }
pretrainings: [{ id: random }]
analyses: [{ kind: maximisation${more} }]
`;
    const { experiment, problems } = parse(written(''));
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(experiment!.analyses[0]).toMatchObject({ kind: 'maximisation', of: ['random'] });
    expect(Object.keys(experiment!.analyses[0]!)).not.toContain('data');
    const [refused] = parse(written(', data: emoji')).problems.filter(({ severity }) => severity === 'error');
    expect(refused!.message).toMatch(/unknown key `data`/);
    expect(applyFix(written(', data: emoji'), refused!.fixes!.at(-1)!)).toBe(written(''));
  });

  it('have defaults', () => {
    const { experiment } = parse(text('kind: invariance', 'kind: readout', 'kind: leep'));
    expect(experiment!.analyses.map((one) => 'images' in one && one.images)).toEqual([500, 500, 500]);
    expect(experiment!.analyses[0]).toMatchObject({
      augmentations: ['crop', 'flip', 'colour', 'grayscale', 'blur', 'rotation'],
      of: ['random', 'other'],
      split: 'google',
    });
    expect(experiment!.analyses[2]!).toMatchObject({ layers: ['avgpool'] });
  });
});
