/** The report command over real run folders, from disk to file. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadReport } from '../../../../src/cli/report/loadReports';
import { reportCommand, type ReportFormat } from '../../../../src/cli/report/reportCommand';
import { terminalReport } from '../../../../src/cli/report/terminalTable';
import { UserError } from '../../../../src/shared/errors';
import type { TransferReport } from '../../../../src/shared/views/report/transferReport';
import { createRun, reportCases, writeRun } from '../../../support/reportFixture';

let home = '';
let out = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'report-'));
  out = join(home, '.transferscope');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true, force: true });
});

describe('report command', () => {
  const starts: Record<ReportFormat, string> = {
    md: '# quickstart',
    csv: 'run,',
    latex: '% needs',
    html: '<!doctype html>',
    json: '[',
  };

  it.each(Object.entries(starts) as [ReportFormat, string][])('writes %s to a file, whole', async (format, start) => {
    writeRun(out, reportCases.full());
    const file = join(home, 'made', 'on the way', `report.${format}`);
    expect(await reportCommand(['quickstart-1'], { out, format, file })).toBe(0);
    expect(readFileSync(file, 'utf8').startsWith(start)).toBe(true);
    expect(readdirSync(join(home, 'made', 'on the way'))).toEqual([`report.${format}`]);
  });

  it('prints without a file, several runs in one', async () => {
    writeRun(out, createRun({ run: 'one', layers: ['avgpool'] }));
    writeRun(out, createRun({ run: 'two', layers: ['avgpool'] }));
    let text = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((part) => ((text += String(part)), true));
    await reportCommand(['one', 'two'], { out, format: 'json' });
    const reports = JSON.parse(text) as TransferReport[];
    expect(reports.map(({ run }) => run)).toEqual(['one', 'two']);
  });

  it('reads the same report from disk as from memory', () => {
    writeRun(out, reportCases.full());
    const report = loadReport(out, 'quickstart-1');
    expect(report.about).toMatch(/^Which weights/);
    expect(report.provenance).toMatchObject({
      folder: '.transferscope/runs/quickstart-1',
      file: 'quickstart.transfer.yaml',
    });
    expect(terminalReport(out, 'quickstart-1', 80)).toContain('supervised is best');
  });

  it('shows paths relative to the folder of .transferscope', () => {
    writeRun(out, createRun({ manifest: { file: join(home, 'examples', 'a.transfer.yaml') }, layers: ['avgpool'] }));
    expect(loadReport(out, 'quickstart-1').provenance.command).toBe(
      'transferscope run examples/a.transfer.yaml --runtime wasm',
    );
  });

  it('notes records that cannot be read', () => {
    const input = createRun({ layers: ['avgpool'] });
    writeRun(out, input);
    writeFileSync(join(out, 'stages', input.records[0]!.key, 'record.json'), '{"version": 1, "ke');
    const { notes } = loadReport(out, 'quickstart-1');
    expect(notes.join('\n')).toMatch(/1 of 72 stages have no result/);
    expect(notes.join('\n')).toMatch(/record\.json cannot be read/);
  });

  it('refuses a run without a manifest, and a place it cannot write to, leaving nothing', async () => {
    mkdirSync(join(out, 'runs', 'empty'), { recursive: true });
    await expect(reportCommand(['empty'], { out, format: 'md' })).rejects.toThrow(
      /run empty cannot be reported.*manifest\.json is missing/,
    );
    writeRun(out, createRun({ layers: ['avgpool'] }));
    writeFileSync(join(home, 'file'), '');
    const attempt = reportCommand(['quickstart-1'], { out, format: 'md', file: join(home, 'file', 'report.md') });
    await expect(attempt).rejects.toThrow(UserError);
    await expect(attempt).rejects.toThrow(
      /cannot make the folder .*file \((EEXIST|ENOTDIR)\); name another file with --out/,
    );
    mkdirSync(join(home, 'folder'));
    await expect(reportCommand(['quickstart-1'], { out, format: 'md', file: join(home, 'folder') })).rejects.toThrow(
      /EISDIR|EEXIST|ENOTEMPTY/,
    );
    expect(readdirSync(home).sort()).toEqual(['.transferscope', 'file', 'folder']);
  });
});
