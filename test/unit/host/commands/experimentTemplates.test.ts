/** Every template is a valid experiment under any good name, with the shipped recipes; reports follow the editor's theme. */
import { describe, expect, it } from 'vitest';
import { checkName, experimentTemplates, fillTemplate } from '../../../../src/host/commands/experimentTemplates';
import { themeReport } from '../../../../src/host/commands/themeReport';
import { reportStyle } from '../../../../src/cli/report/htmlStyle';
import { parseExperiment } from '../../../../src/shared/experiment/parse';
import { loadRecipes } from '../../../../src/worker/experimentLoader';

describe('templates', () => {
  it.each(experimentTemplates)('$label is valid', async (template) => {
    const text = fillTemplate(template, template.name);
    const parsed = parseExperiment(text, { fileName: 'x.transfer.yaml', recipes: await loadRecipes() });
    const serious = parsed.problems.filter(({ severity }) => severity !== 'info');
    expect(serious.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([]);
    expect(parsed.experiment?.name).toBe(template.name);
    expect(checkName(template.name)).toBeUndefined();
  });

  it('names go by the schema', () => {
    expect(['a', 'A-1_2.3', 'x'.repeat(64)].map(checkName)).toEqual([undefined, undefined, undefined]);
    for (const name of ['', '-a', 'a b', 'ä', 'x'.repeat(65), '../a']) expect(checkName(name)).toContain('64 letters');
  });
});

describe('a report in the editor', () => {
  it('has the colours of the editor, not of the system', () => {
    const page = `<style>${reportStyle}</style>`;
    expect(page).toContain('prefers-color-scheme: dark');
    expect(themeReport(page, true)).toContain('@media all {');
    expect(themeReport(page, false)).toContain('@media not all {');
    expect(themeReport(page, true)).not.toContain('prefers-color-scheme: dark');
  });
});
