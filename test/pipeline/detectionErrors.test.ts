/** The stage that diagnoses detectors: figures of the files that detections left, differences, what is refused, the report. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderCsv } from '../../src/cli/report/csv';
import { renderHtml } from '../../src/cli/report/html';
import { renderLatex } from '../../src/cli/report/latex';
import { renderMarkdown } from '../../src/cli/report/markdown';
import { renderTerminal } from '../../src/cli/report/terminalTable';
import type { DetectionErrorsAnalysis } from '../../src/shared/experiment/analysisSchema';
import type { TransferAnalysisStage } from '../../src/shared/experiment/stages';
import type { AnalysisResult, StageRecord } from '../../src/shared/results/records';
import { createTransferReport } from '../../src/shared/views/report/transferReport';
import { diagnoseDetections } from '../../src/worker/transfer/detection/diagnoseDetections';
import { runAnalysis } from '../../src/worker/analysis/runAnalysis';
import { ANNOTATIONS_FILE, DETECTIONS_FILE } from '../../src/worker/transfer/detection/resultFiles';
import { bytesOf, parseBoth } from '../unit/shared/math/detection/detectionFiles';
import { makeContext, makeFolder } from './tinyWorld';

const golden = path.resolve(import.meta.dirname, '../golden/data/cocoLadder.json');
const [, , , set] = JSON.parse(readFileSync(golden, 'utf8')) as { truth: string; results: string }[];
const results = JSON.parse(set!.results) as { score: number }[];
/** A worse detector: every other score halved. */
const worse = JSON.stringify(results.map((row, i) => ({ ...row, score: row.score / (1 + (i % 2)) })));

const settings: DetectionErrorsAnalysis = {
  ...{ kind: 'detection-errors', id: 'errors', of: ['a', 'b'], transfer: 'detect', iouType: 'bbox' },
  ...{ foreground: 0.5, background: 0.1, areas: ['all', 'medium'], resamples: 100 },
};
let folder: ReturnType<typeof makeFolder>;

beforeAll(async () => {
  folder = makeFolder();
  for (const [key, found] of [
    ['a', set!.results],
    ['b', worse],
  ] as const) {
    const { stages } = makeContext(folder.path, { key });
    await stages.writeFile(key, ANNOTATIONS_FILE, bytesOf(set!.truth));
    await stages.writeFile(key, DETECTIONS_FILE, bytesOf(found));
  }
});
afterAll(() => folder.remove());

function stageOf(changes: Partial<TransferAnalysisStage> = {}): TransferAnalysisStage {
  return {
    ...{ kind: 'analysis', key: 'e', id: 'a/seed-0/errors', label: '', pretraining: 'a', seed: 0, seeds: [0] },
    ...{ needs: ['a'], analysis: 'errors', settings, measured: 'a' },
    ...changes,
  };
}

async function run(changes: Partial<TransferAnalysisStage> = {}): Promise<AnalysisResult> {
  const { result } = await runAnalysis(stageOf(changes), makeContext(folder.path, { key: 'e' }));
  return result as AnalysisResult;
}

const versus = { measured: 'b', otherMeasured: 'a', against: 'a', pretraining: 'b', needs: ['a', 'b'] };

describe('the diagnosis of a detection', () => {
  it('is that of its record, and more', async () => {
    const { errors, images } = await run();
    const { truth, detections } = parseBoth(set!.truth, set!.results, 'bbox');
    const known = diagnoseDetections(truth, detections)!;
    expect(errors).toMatchObject({
      tide: { ap: known.ap50, ...known.gains },
      hoiem: known.hoiem,
      counts: known.counts,
    });
    expect(errors!.ladders.map(({ area }) => area)).toEqual(['all', 'medium']);
    expect(images).toBe(truth.images.ids.length);
    expect(JSON.parse(JSON.stringify(errors))).toEqual(errors);
  });

  it('tells two detectors apart on the same images', async () => {
    const [one, two] = [await run(), await run(versus)];
    const { difference } = two.errors!;
    expect(difference).toMatchObject({ against: 'a', resamples: 100 });
    expect(difference!.tide.ap.difference).toBeCloseTo(two.errors!.tide.ap! - one.errors!.tide.ap!, 12);
    expect(await run(versus)).toEqual(two);
  });

  it('averages over classes that are named, and says which there are', async () => {
    const { names } = parseBoth(set!.truth, set!.results, 'bbox').truth.categories;
    const { errors } = await run({ settings: { ...settings, classes: [names[1]!] } });
    expect(errors!.classes).toEqual([names[1]]);
    await expect(run({ settings: { ...settings, classes: ['dog'] } })).rejects.toThrow(
      `\`errors\` asks for the class dog, but detect finds ${names.join(', ')}; name some of these`,
    );
  });

  it('stands in every format of a report', async () => {
    const stages = [stageOf({ key: 'x' }), { ...stageOf(versus), key: 'y', id: 'b/seed-0/errors' }];
    const found = [await run(), await run(versus)];
    const made = { startedAt: '', finishedAt: '', seconds: 1, runtime: 'wasm', host: '', attempts: 1 };
    const records = stages.map(({ key, id }, i): StageRecord => ({
      ...{ version: 1, key, kind: 'analysis', id, seed: 0, settings, files: {}, made, checksum: '' },
      result: found[i]!,
    }));
    const manifest = {
      ...{ version: 1, run: 'r-1', name: 'r', file: 'r.yaml', baseDir: '/', launch: {}, versions: {}, seeds: [0] },
      ...{ runtime: { name: 'wasm', device: '', threads: 1, reason: '' }, stages, createdAt: '' },
    };
    const report = createTransferReport({ run: 'r-1', state: 'done', manifest, records });
    const [{ tables }] = report.analyses as [(typeof report.analyses)[number]];
    expect(tables.map(({ metric }) => metric)).toEqual([
      ...['hoiem', 'hoiem.removed', 'hoiem.corrected', 'tide', 'ladder.all', 'ladder.medium', 'confused'],
      ...['hoiem difference', 'tide difference'],
    ]);
    const share = (100 * found[0]!.errors!.hoiem.loc!).toFixed(1);
    for (const text of [renderMarkdown([report]), renderHtml([report]), renderLatex([report])]) {
      expect(text).toContain('what the N surest detections of each class with N objects are');
      expect(text).toContain(share);
    }
    expect(renderTerminal(report, 100)).toContain(share);
    expect(renderCsv([report])).toContain(`,hoiem,1,${found[0]!.errors!.hoiem.loc!}`);
  });
});
