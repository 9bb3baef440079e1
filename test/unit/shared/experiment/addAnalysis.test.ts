import { describe, expect, it } from 'vitest';
import { addAnalysis, readAnalysis } from '../../../../src/shared/experiment/addAnalysis';
import { unusedId } from '../../../../src/shared/experiment/unusedId';
import { base, parse } from './problemsOf';

const added = { kind: 'inversion', id: 'inversion-2', of: ['moco'], images: [3], layers: ['layer2', 'layer4'] };
const line = '{ kind: inversion, id: inversion-2, of: [moco], images: [3], layers: [layer2, layer4] }';

/** The text with `added`, which must be among its analyses, without problems. */
function add(text: string): string {
  const result = addAnalysis(text, 'test.transfer.yaml', added);
  const { experiment, problems } = parse(result);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(experiment?.analyses.at(-1)).toMatchObject({ ...added, data: 'emoji' });
  return result;
}

describe('an analysis added to the text of an experiment', () => {
  it('makes the list where there is none, and leaves the rest as it is', () => {
    expect(add(base)).toBe(`${base.trimEnd()}\nanalyses:\n  - ${line}\n`);
    expect(add(`${base.trimEnd()} # the end`)).toBe(`${base.trimEnd()} # the end\nanalyses:\n  - ${line}`);
  });

  it('comes behind the last of a list, below its comment and at its indent', () => {
    const text = `${base}analyses: # why\n    - { kind: cka, between: [moco] } # as in the paper\nruntime: wasm\n`;
    const behind = '# as in the paper\n';
    expect(add(text)).toBe(text.replace(behind, `${behind}    - ${line}\n`));
    const block = `${base}analyses:\n- kind: cka\n  between:\n    - moco\n\nruntime: wasm\n`;
    expect(add(block)).toBe(block.replace('    - moco\n', `    - moco\n- ${line}\n`));
  });

  it('comes into lists in brackets, empty ones, and behind a key without a value', () => {
    expect(add(`${base}analyses: [{ kind: cka, between: [moco] }]\n`)).toContain(`between: [moco] }, ${line}]`);
    expect(add(`${base}analyses: []\n`)).toContain(`analyses: [${line}]`);
    expect(add(`${base}analyses: # none yet\n`)).toBe(`${base}analyses: # none yet\n  - ${line}\n`);
  });

  it('keeps the line breaks of Windows, and the quotes of JSON', () => {
    const windows = add(base.replaceAll('\n', '\r\n'));
    expect(windows.replaceAll('\r\n', '')).not.toContain('\n');
    const json = JSON.stringify(parse(base).document.value, null, 2);
    expect(JSON.parse(add(json))).toMatchObject({ name: 'test', analyses: [added] });
    const list = JSON.stringify({ ...(parse(base).document.value as object), analyses: [] });
    expect(JSON.parse(add(list))).toMatchObject({ name: 'test', analyses: [added] });
  });

  it('is refused where the text cannot be read, or has another thing there', () => {
    for (const text of ['name: [', '- a list', `${base}analyses: many\n`, ''])
      expect(() => addAnalysis(text, 'a.transfer.yaml', added)).toThrow(/cannot be added to a\.transfer\.yaml/);
  });

  it('gets a name that nothing else has', () => {
    expect(unusedId('cka', new Set())).toBe('cka');
    expect(unusedId('cka', new Set(['cka', 'cka-2', 'geometry']))).toBe('cka-3');
  });

  it('is read from a command line', () => {
    expect(readAnalysis(line)).toEqual(added);
    for (const text of ['cka', '{ between: [moco] }', '{ kind: ', '{ kind: 3 }'])
      expect(() => readAnalysis(text)).toThrow(/is no analysis/);
  });
});
