/**
 * Pictures of every panel in every theme, out of the packaged extension after a real run. They go to a temporary folder;
 * `npm run screenshots` puts them, of a larger experiment, into docs/images.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { fillTemplate } from '../../src/shared/templates/experimentTemplate';
import { quickstartTemplate } from '../../src/shared/templates/pretrainingTemplates';
import { capturePanel, clippedTexts } from './support/capturePanel';
import { panelShots, shotFile } from './support/panelShots';
import { waitForRun } from './support/runState';
import { themes } from './support/themes';
import { describeInEditor } from './support/useEditor';

/** Six cells with curves and intervals in some seconds. */
const small = `name: quickstart
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 8, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
pretrainings:
  - { id: random }
  - id: supervised
    method: supervised
    data: emoji
    steps: 20
    batch: 64
    learningRate: 0.05
  - id: exemplar
    method: exemplar
    data: emoji
    steps: 20
    batch: 64
    learningRate: 0.02
    queue: 1024
    encoderMomentum: 0.9
transfers:
  - { id: probe, task: linear-probe, data: emoji, layers: all, l2: 0.001, trainImages: 300, testImages: 200 }
  - { id: same-emoji, task: knn, data: emoji, k: 5, layers: all, trainImages: 300, testImages: 200 }
`;

/** For the docs what a newcomer sees: the experiment that the walkthrough begins with. */
const isForDocs = Boolean(process.env.SCREENSHOTS);
const detection = isForDocs
  ? 'recipe: emoji-scenes-fcos, steps: 240, shortestSide: [64]'
  : 'recipe: emoji-scenes-fcos, steps: 2, batch: 2, shortestSide: [32], scoreThreshold: 0.01';
const scenes = isForDocs
  ? 'size: 64, scale: [0.45, 0.7], objects: [1, 2], trainImages: 2000, testImages: 60'
  : 'size: 32, scale: [0.45, 0.7], objects: [1, 2], trainImages: 4, testImages: 6';
const map = isForDocs
  ? '{ kind: embedding, images: 1000, layers: [layer1, layer2, layer3, layer4] }'
  : '{ kind: embedding, of: [supervised], images: 200, layers: [layer1, layer4] }';
const written = isForDocs ? fillTemplate(quickstartTemplate, 'quickstart') : small;
const experiment = `${withDetection(written)}analyses:\n  - ${map}\n`;

/** The experiment with a detector around two of its backbones. */
function withDetection(text: string): string {
  const data = `  scenes: { kind: emoji-scenes, classes: ['Animals & Nature', 'Flags', 'Food & Drink'], ${scenes} }\n`;
  const transfer = `  - { id: objects, task: detection, data: scenes, of: [random, supervised], ${detection} }\n`;
  return `${text.replace(/\n*pretrainings:/, `\n${data}pretrainings:`)}${transfer}`;
}

const RUN_LIMIT_MS = isForDocs ? 900_000 : 150_000;

const options = {
  files: { [shotFile]: experiment },
  settings: { 'transferscope.runtime': 'wasm', 'transferscope.onClose': 'stop' },
};

describeInEditor('panels in every theme', options, (editor) => {
  it(
    'an experiment is run for them',
    async () => {
      await editor().workbench.openFile(shotFile);
      await editor().workbench.command('Transferscope: Run Experiment');
      await waitForRun(editor(), 'quickstart-1', { state: 'done', limitMs: RUN_LIMIT_MS });
    },
    RUN_LIMIT_MS + 60_000,
  );

  it.each(panelShots)(
    '$panel is drawn in every theme, with nothing cut off',
    async ({ panel, width, height, show }) => {
      const { of, webview } = await show(editor());
      const pictures = new Set<string>();
      for (const theme of themes) {
        const picture = await capturePanel(editor(), { theme, width, height, name: panel, of });
        // A blank or half drawn panel has two or three colours: ground and frame.
        expect(picture.colours, `${panel} in ${theme}`).toBeGreaterThan(3);
        if (webview !== undefined) {
          // Found anew for each theme: some are drawn anew when it changes.
          const cut = await clippedTexts(await editor().workbench.webviewWith(webview));
          expect(cut, `texts cut off in ${panel}`).toEqual([]);
        }
        pictures.add(readFileSync(picture.file, 'base64'));
      }
      expect(pictures.size).toBe(themes.length);
    },
  );
});
