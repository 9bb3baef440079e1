import { describe, expect, it } from 'vitest';
import { quickFixes, type Fix } from '../../../../src/shared/editing/quickFixes';
import { toDiagnostic, validate } from '../../../../src/shared/editing/validation';
import { base, spoil } from '../experiment/problemsOf';
import { recipes } from './cursorText';

function check(text: string, fileName = 'test.transfer.yaml') {
  return validate(text, { fileName, recipes });
}

function fixesOf(text: string, fileName?: string): Fix[] {
  return quickFixes(check(text, fileName), { start: 0, end: text.length });
}

function apply(text: string, title: string, fileName?: string): string {
  const fixes = fixesOf(text, fileName);
  const fix = fixes.find((one) => one.title === title);
  if (!fix) throw new Error(`no fix ${title} among ${fixes.map((one) => one.title).join(', ')}`);
  const edits = [...fix.edits].sort((a, b) => b.start - a.start);
  return edits.reduce((out, { start, end, newText }) => out.slice(0, start) + newText + out.slice(end), text);
}

const errors = (text: string, fileName?: string) =>
  check(text, fileName)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);

describe('validation', () => {
  it('knows the size of data that never change', () => {
    const text = spoil(['    steps: 2500', '    steps: 2500\n    queue: 12800']);
    expect(check(text).problems.map(({ code }) => code)).toContain('queue-longer-than-data');
    expect(fixesOf(text).map(({ title }) => title)).toContainEqual(expect.stringMatching(/queue/));
  });

  it('shows problems as sentences with their places', () => {
    const text = spoil(['method: moco', 'methd: moco']);
    const [diagnostic] = check(text).problems.map(toDiagnostic);
    expect(text.slice(diagnostic!.start, diagnostic!.end)).toBe('methd');
    expect(diagnostic!.message).toMatch(/^Unknown key `methd`; did you mean `method`\?$/);
  });
});

describe('fixes that come with a problem', () => {
  it('are offered at their place alone', () => {
    const text = spoil(['method: moco', 'methd: moco']);
    const at = text.indexOf('methd');
    expect(quickFixes(check(text), { start: at, end: at }).map(({ title }) => title)).toContain('Change to method');
    expect(quickFixes(check(text), { start: 0, end: 4 })).toEqual([]);
    expect(apply(text, 'Change to method')).toBe(base);
  });

  it('keep the quotes of JSON', () => {
    const json = '{ "name": "x", "backbone": { "name": "resnet1" }, "pretrainings": [{ "id": "random" }] }';
    expect(apply(json, 'Change to resnet18', 'x.transfer.json')).toContain('"name": "resnet18"');
    expect(
      JSON.parse(apply(json.replace('"pretrainings"', '"pretraining"'), 'Change to pretrainings', 'x.transfer.json')),
    ).toBeTruthy();
  });
});

describe('adding a missing field', () => {
  it.each([
    ['name', base.replace('name: test\n', ''), 'Add name: my-experiment'],
    [
      'backbone',
      spoil(['backbone: { name: resnet18, width: 16, stem: small }\n', '']),
      'Add backbone: { name: resnet18 }',
    ],
    ['backbone name', spoil(['name: resnet18, ', '']), 'Add name: resnet18'],
    ['kind in braces', spoil(['{ kind: emoji }', '{ labels: emoji }']), 'Add kind: emoji'],
    ['kind in empty braces', spoil(['{ kind: emoji }', '{}']), 'Add kind: emoji'],
    ['id of a block', spoil(['  - id: moco\n    method', '  - method']), 'Add id: pretraining'],
    ['id in braces', spoil(['{ id: probe, ', '{ ']), 'Add id: transfer'],
    ['task', spoil(['task: linear-probe, ', '']), 'Add task: knn'],
    ['data', spoil([', data: emoji }', ' }']), 'Add data: emoji'],
    ['data of a block', spoil(['    data: emoji\n', '']), 'Set data to emoji'],
    ['value of a key', spoil(['data: emoji }', 'data: }']), 'Add data: emoji'],
  ])('%s', (_, text, title) => {
    expect(errors(text).length).toBeGreaterThan(0);
    const fixed = apply(text, title);
    expect(errors(fixed), fixed).toEqual([]);
  });

  it('adds pretrainings and weights', () => {
    const text = base.slice(0, base.indexOf('pretrainings:'));
    expect(apply(text, 'Add pretrainings: [{ id: random }]')).toContain('pretrainings:\n  - { id: random }');
    const imported = spoil(['{ id: random }', '{ id: mine, method: imported }']);
    expect(errors(apply(imported, 'Add weights: weights/model.safetensors'))).toEqual([]);
  });

  it('keeps comments and blank lines at the end of a block below it', () => {
    const text = 'name: x\npretrainings:\n  - { id: random }\n\n# the end\n';
    expect(apply(text, 'Add backbone: { name: resnet18 }')).toBe(
      'name: x\npretrainings:\n  - { id: random }\nbackbone: { name: resnet18 }\n\n# the end\n',
    );
  });

  it('fills an empty file with an experiment that is correct', () => {
    expect(errors(apply('', 'Insert a small experiment'))).toEqual([]);
    const commented = apply('# mine', 'Insert a small experiment');
    expect(commented).toMatch(/^# mine\nname/);
    expect(check(apply('', 'Insert a small experiment')).problems).toEqual([]);
    expect(errors(apply('', 'Insert a small experiment', 'x.transfer.json'), 'x.transfer.json')).toEqual([]);
    expect(JSON.parse(apply('', 'Insert a small experiment', 'x.transfer.json'))).toBeTruthy();
  });
});
