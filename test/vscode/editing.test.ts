/** Editing an experiment in a real editor: squiggle, message, quick fix, completion, hover. */
import { beforeEach, expect, it } from 'vitest';
import { describeInEditor } from './support/useEditor';

const mistaken = `name: mistaken
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji }
pretrainings:
  - id: moco
    method: moco
    data: emoji
    temprature: 0.2
transfers:
  - { id: probe, task: linear-probe, data: emoji }
`;

const unfinished = mistaken
  .replace('mistaken', 'unfinished')
  .replace('    temprature: 0.2\n', '    temperature: 0.2\n    \n');

const files = { 'mistaken.transfer.yaml': mistaken, 'unfinished.transfer.yaml': unfinished };

describeInEditor('editing', { files }, (editor) => {
  beforeEach(() => editor().workbench.closeEditors());

  it('underlines an unknown setting and says which was meant', async () => {
    const { workbench } = editor();
    await workbench.openFile('mistaken.transfer.yaml');
    await workbench.editor.locator('.squiggly-error').first().waitFor();
    const rows = await workbench.problems();
    await rows.filter({ hasText: /temprature.*did you mean.*temperature/i }).waitFor();
  });

  it('repairs it with the quick fix', async () => {
    const { workbench } = editor();
    await workbench.openFile('mistaken.transfer.yaml');
    await workbench.editor.locator('.squiggly-error').first().waitFor();
    await workbench.goTo(9, 6);
    await workbench.quickFix('temperature');
    await expect.poll(() => workbench.visibleText(), { timeout: 10_000 }).toContain('temperature: 0.2');
    await workbench.editor.locator('.squiggly-error').first().waitFor({ state: 'detached' });
    await workbench.save();
  });

  it('completes the settings of the method', async () => {
    const { workbench } = editor();
    await workbench.openFile('unfinished.transfer.yaml');
    await workbench.goTo(10, 5);
    await workbench.page.keyboard.type('encoderM');
    const offered = workbench.page.locator('.suggest-widget .monaco-list-row').filter({ hasText: 'encoderMomentum' });
    await offered.waitFor();
    await workbench.page.keyboard.press('Enter');
    await expect.poll(() => workbench.visibleText(), { timeout: 10_000 }).toContain('encoderMomentum:');
  });

  it('explains a setting on hover', async () => {
    const { workbench } = editor();
    await workbench.openFile('unfinished.transfer.yaml');
    await workbench.goTo(9, 7);
    await workbench.command('Show or Focus Hover');
    const hover = workbench.page.locator('.monaco-hover .hover-contents').filter({ hasText: 'temperature' });
    await hover.first().waitFor();
    expect(await hover.first().innerText()).toMatch(/default/i);
  });
});
