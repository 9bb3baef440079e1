/** A report in the editor has the colours of the editor, not of the system. */
import { expect, it } from 'vitest';
import { reportStyle } from '../../../../src/cli/report/htmlStyle';
import { themeReport } from '../../../../src/host/commands/themeReport';

it('follows the theme of the editor', () => {
  const page = `<style>${reportStyle}</style>`;
  expect(page).toContain('prefers-color-scheme: dark');
  expect(themeReport(page, true)).toContain('@media all {');
  expect(themeReport(page, false)).toContain('@media not all {');
  expect(themeReport(page, true)).not.toContain('prefers-color-scheme: dark');
});
