/** Imported weights in a real editor: hovering over their path, and the diagnostics of a backbone that does not fit. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { backboneShapes } from '../../src/shared/weights/fitBackbone';
import type { BackboneConfig } from '../../src/shared/experiment/layers';
import { encodeCheckpoint } from '../support/weightFiles';
import { describeInEditor } from './support/useEditor';

const backbone: BackboneConfig = { name: 'resnet18', width: 4, stem: 'small', dilate: [false, false, false] };

const experiment = `name: imports
backbone: { name: resnet18, width: 8, stem: small }
data:
  emoji: { kind: emoji }
pretrainings:
  - id: mine
    weights: weights/moco.safetensors
transfers:
  - { id: probe, task: linear-probe, data: emoji }
`;

describeInEditor('imported weights', { files: { 'imports.transfer.yaml': experiment } }, (editor) => {
  const write = (width: number): void => {
    const folder = path.join(editor().server.workspace, 'weights');
    mkdirSync(folder, { recursive: true });
    const bytes = encodeCheckpoint(backboneShapes({ ...backbone, width }), 'module.encoder_q.');
    writeFileSync(path.join(folder, 'moco.safetensors'), bytes);
  };
  const noted = () => editor().workbench.page.locator('.markers-panel .monaco-list-row', { hasText: 'does not fit' });

  it('of another backbone are underlined before a launch', async () => {
    const { workbench } = editor();
    write(4);
    await workbench.openFile('imports.transfer.yaml');
    await workbench.editor.locator('.squiggly-error').first().waitFor();
    const rows = await workbench.problems();
    await rows
      .filter({ hasText: /weights\/moco\.safetensors does not fit resnet18 \(width 8, stem small\)/ })
      .waitFor();
  });

  it('are described on hover', async () => {
    const { workbench } = editor();
    write(4);
    await workbench.openFile('imports.transfer.yaml');
    const line = workbench.editor.locator('.view-line', { hasText: 'moco.safetensors' });
    await line.locator('span span').last().hover();
    const hover = workbench.page.locator('.monaco-hover .hover-contents').filter({ hasText: 'MoCo · safetensors' });
    await hover.first().waitFor();
    const text = await hover.first().innerText();
    expect(text).toContain('120 tensors');
    expect(text).toContain('100 weights of a backbone behind module.encoder_q., the query encoder');
    expect(text).toMatch(/0 of 100 weights .* it does not fit: 100 of another shape/);
    await workbench.page.keyboard.press('Escape');
  });

  it('fit when the backbone is mended', async () => {
    const { workbench } = editor();
    await workbench.openFile('imports.transfer.yaml');
    await workbench.goTo(2, 37);
    await workbench.page.keyboard.press('Backspace');
    await workbench.page.keyboard.type('4');
    await expect.poll(() => workbench.visibleText(), { timeout: 10_000 }).toContain('width: 4');
    await noted().first().waitFor({ state: 'detached' });
    await workbench.save();
  });

  it('are looked into again when the file is replaced on disk', async () => {
    write(16);
    await noted().first().waitFor();
    write(4);
    await noted().first().waitFor({ state: 'detached' });
  });
});
