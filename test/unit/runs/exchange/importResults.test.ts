/** Imported results as runs: what reports and lists make of them, and that they stay out of every test. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseHTML } from 'linkedom';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderHtml } from '../../../../src/cli/report/html';
import { loadReport } from '../../../../src/cli/report/loadReports';
import { renderMarkdown } from '../../../../src/cli/report/markdown';
import { importResults } from '../../../../src/runs/exchange/importResults';
import { listRuns, readRun } from '../../../../src/runs/runStore';
import { joinImportedRows } from '../../../../src/shared/views/report/importedRows';
import { createRun, fourTransfers, writeRun } from '../../../support/reportFixture';

let home = '';
let out = '';
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'import-'));
  out = path.join(home, '.transferscope');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const published = {
  source: 'Table 1 of a paper',
  citation: 'Somebody, 2020',
  unit: 'percent',
  results: [
    { pretraining: 'random', method: 'random', transfer: 'probe', metric: 'accuracy', values: [14, 15, 13] },
    { pretraining: 'theirs', transfer: 'probe', metric: 'accuracy', values: [30, 31, 32] },
    { pretraining: 'theirs', transfer: 'probe', metric: 'accuracy', layer: 'layer4', values: [20, 21, 22] },
    { pretraining: 'theirs', transfer: 'elsewhere', metric: 'ap', values: [40], seeds: [2] },
  ],
};

async function add(value: unknown, name = 'published'): Promise<string> {
  const file = path.join(home, `${name}.json`);
  writeFileSync(file, JSON.stringify(value));
  return (await importResults({ out, file, version: '1.2.3' })).run;
}

describe('imported results', () => {
  it('are a finished run that says where it is from', async () => {
    expect(await add(published)).toBe('published-1');
    expect(await add(published)).toBe('published-2');
    expect(listRuns(out)[0]).toMatchObject({ state: 'done', importedFrom: 'Table 1 of a paper', total: 13 });
    const { records, problems, manifest } = readRun(out, 'published-1');
    expect(problems).toEqual([]);
    expect(records).toHaveLength(manifest!.stages.length);
    expect(manifest).toMatchObject({ imported: { source: 'Table 1 of a paper', citation: 'Somebody, 2020' } });
  });

  it('take the number above those in use, never that of a run that was deleted below', async () => {
    for (const run of ['published-1', 'published-2', 'published-3']) expect(await add(published)).toBe(run);
    rmSync(path.join(out, 'runs', 'published-2'), { recursive: true });
    expect(await add(published)).toBe('published-4');
  });

  it('keep a record that is there and whole, and mend one that is not', async () => {
    const { manifest } = readRun(out, await add(published));
    const [whole, broken] = manifest!.stages.map(({ key }) => path.join(out, 'stages', key, 'record.json'));
    const first = readFileSync(whole!, 'utf8');
    writeFileSync(broken!, first.slice(0, 50));
    const file = path.join(home, 'published.json');
    const { run } = await importResults({ out, file, version: '1.2.3', now: new Date('2030-01-01') });
    expect(readFileSync(whole!, 'utf8')).toBe(first);
    expect(readFileSync(broken!, 'utf8')).toContain('2030-01-01');
    expect(readRun(out, run).problems).toEqual([]);
  });

  it('are reported without a test or a finding, also where one row is random', async () => {
    const report = loadReport(out, await add(published));
    expect(report.reference).toBeUndefined();
    expect(report.findings).toEqual([]);
    expect(report.rows.every(({ isImported }) => isImported)).toBe(true);
    expect(report.rows[1]!.cells[0]).toMatchObject({ n: 3, mean: 0.31 });
    expect(report.rows[1]!.cells.every((cell) => cell?.versusReference === undefined)).toBe(true);
    const text = renderMarkdown([report]);
    expect(text).toContain('imported from Table 1 of a paper');
    expect(text).toContain('Cite: Somebody, 2020');
    expect(text).not.toMatch(/Infinity|NaN|undefined/);
  });

  it('stand marked under measured rows that they fit, and change nothing there', async () => {
    writeRun(out, createRun({ transfers: [fourTransfers[0]!] }));
    const measured = loadReport(out, 'quickstart-1');
    const [joined, own] = joinImportedRows([measured, loadReport(out, await add(published))]);
    expect(joined!.rows.slice(0, measured.rows.length)).toEqual(measured.rows);
    expect(joined!.findings).toEqual(measured.findings);
    const added = joined!.rows.slice(measured.rows.length);
    expect(added.map(({ pretraining }) => pretraining)).toEqual(['random (imported)', 'theirs (imported)']);
    expect(added[1]!.cells).toHaveLength(1);
    expect(added[1]!.cells[0]).toMatchObject({ best: false, mean: 0.31 });
    expect(own!.rows.map(({ pretraining }) => pretraining)).toEqual(['random', 'theirs']);
    const { document } = parseHTML(renderHtml([joined!]));
    const legend = [...document.querySelectorAll('.series-legend li')].map(({ textContent }) => textContent.trim());
    expect(legend).toEqual(measured.rows.map(({ pretraining }) => pretraining));
  });

  it('leave nothing behind when the file is wrong', async () => {
    await expect(add({ source: 'x', results: [{}] })).rejects.toThrow('cannot be imported: results[0].pretraining');
    await expect(add({ AP: 0.5 })).rejects.toThrow('--pretraining');
    await expect(add({ AP: 'high' })).rejects.toThrow('--pretraining');
    const file = path.join(home, 'text.json');
    writeFileSync(file, '{"AP":"high"}');
    const plain = { pretraining: 'theirs' };
    await expect(importResults({ out, file, plain, version: '1' })).rejects.toThrow('it holds no number');
    const missing = importResults({ out, file: path.join(home, 'none.json'), version: '1' });
    await expect(missing).rejects.toThrow('there is no such file; check the path');
    expect(readdirSync(home)).not.toContain('.transferscope');
  });

  it('leave no run behind when it cannot be written', async () => {
    mkdirSync(out);
    writeFileSync(path.join(out, 'stages'), 'a file where the folder of stages should be');
    await expect(add(published)).rejects.toThrow();
    expect(readdirSync(path.join(out, 'runs'))).toEqual([]);
  });
});
