/** Opens ground truth and results for `eval` and `diagnose`: COCO JSON, VOC folders, VOC's result files. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseCocoGroundTruth, type DifficultObjects } from '../../shared/detection/cocoGroundTruth';
import { parseCocoResults } from '../../shared/detection/cocoResults';
import type { Parsed } from '../../shared/detection/jsonRecords';
import { buildVocTruth, indexVocCategories, indexVocImages, parseVocResults } from '../../shared/detection/vocTables';
import { parseVocAnnotation } from '../../shared/detection/vocXml';
import { UserError } from '../../shared/errors';
import type { DetectionProblem, Detections, GroundTruth, IouType } from '../../shared/results/detections';

/** A table and what was wrong with its file. */
export interface Opened<Table> {
  readonly table: Table;
  readonly problems: readonly FileProblem[];
}

export interface FileProblem extends DetectionProblem {
  /** As the user wrote it. */
  readonly file: string;
}

/** Ground truth of a COCO file. */
export function openCocoTruth(
  file: string,
  cwd: string,
  { iouType, difficult }: { readonly iouType: IouType; readonly difficult: DifficultObjects },
): Opened<GroundTruth> {
  return unwrap(parseCocoGroundTruth(readBytes(file, cwd), iouType, difficult), file);
}

/** COCO results for that ground truth. */
export function openCocoResults(
  file: string,
  cwd: string,
  options: Parameters<typeof parseCocoResults>[1],
): Opened<Detections> {
  return unwrap(parseCocoResults(readBytes(file, cwd), options), file);
}

/** VOC ground truth: a folder of XML files, a VOC folder with Annotations and ImageSets, or a COCO file. */
export function openVocTruth(path: string, cwd: string, split: string | undefined): Opened<GroundTruth> {
  if (!statOf(path, cwd).isDirectory()) return openCocoTruth(path, cwd, { iouType: 'bbox', difficult: 'ignored' });
  const folder = resolve(cwd, path);
  const xmlFolder = existsSync(join(folder, 'Annotations')) ? join(folder, 'Annotations') : folder;
  const stems = listStems(folder, xmlFolder, split);
  const missing = stems.filter((stem) => !existsSync(join(xmlFolder, `${stem}.xml`)));
  if (missing.length > 0) {
    const shown = missing.slice(0, 3).join(', ');
    throw new UserError(
      'config',
      `${path} lists ${missing.length} images without an annotation (${shown}); add them to ${xmlFolder} or choose another --split`,
    );
  }
  if (stems.length === 0)
    throw new UserError(
      'config',
      `${path} has no VOC annotations; --gt is a VOC folder, a folder of .xml files or a COCO .json`,
    );
  const images = stems.map((id) => ({
    id,
    annotation: parseVocAnnotation(readFileSync(join(xmlFolder, `${id}.xml`), 'utf8')),
  }));
  return unwrap(buildVocTruth(images), path);
}

/** Images of a list in ImageSets/Main (the named one; else test, else val); without lists all annotations. */
function listStems(folder: string, xmlFolder: string, split: string | undefined): string[] {
  const listOf = (name: string): string => join(folder, 'ImageSets', 'Main', `${name}.txt`);
  const name = split ?? ['test', 'val'].find((candidate) => existsSync(listOf(candidate)));
  if (name === undefined) {
    return readdirSync(xmlFolder)
      .filter((file) => file.endsWith('.xml'))
      .map((file) => file.slice(0, -4))
      .sort();
  }
  if (!existsSync(listOf(name)))
    throw new UserError('config', `there is no list ${listOf(name)}; --split names a file of ImageSets/Main`);
  // Lists of one class have a second column.
  const lines = readFileSync(listOf(name), 'utf8')
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/)[0]!);
  return [...new Set(lines.filter((stem) => stem !== ''))];
}

/** Results for VOC: COCO-style JSON (image and category by name or number), or a folder or file of VOC's result lines. */
export function openVocResults(
  path: string,
  cwd: string,
  truth: GroundTruth,
  isCocoTruth: boolean,
): Opened<Detections> {
  if (statOf(path, cwd).isDirectory()) {
    const folder = resolve(cwd, path);
    const files = readdirSync(folder)
      .filter((file) => file.endsWith('.txt'))
      .sort();
    if (files.length === 0)
      throw new UserError(
        'config',
        `${path} has no .txt files; VOC results are one file a class, such as comp4_det_test_dog.txt`,
      );
    return unwrap(
      parseVocResults(
        files.map((file) => readVocFile(join(folder, file))),
        truth,
      ),
      path,
    );
  }
  if (path.endsWith('.txt')) return unwrap(parseVocResults([readVocFile(resolve(cwd, path))], truth), path);
  const names = isCocoTruth ? {} : { imageIndex: indexVocImages(truth), categoryIndex: indexVocCategories(truth) };
  return openCocoResults(path, cwd, { truth, iouType: 'bbox', ...names });
}

/** The class is what follows the last underscore: comp4_det_test_dog.txt. */
function readVocFile(path: string): { category: string; text: string } {
  const stem = basename(path).slice(0, -4);
  return { category: stem.slice(stem.lastIndexOf('_') + 1), text: readFileSync(path, 'utf8') };
}

export function statOf(path: string, cwd: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(resolve(cwd, path));
  } catch (error) {
    throw new UserError('config', `${path} cannot be opened (${reasonOf(error)}); check the path`);
  }
}

export function readBytes(file: string, cwd: string): Uint8Array {
  try {
    return readFileSync(resolve(cwd, file));
  } catch (error) {
    throw new UserError('config', `${file} cannot be read (${reasonOf(error)}); give the path of a JSON file`);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'no permission' }[code ?? ''] ?? message;
}

function unwrap<Table>({ value, problems }: Parsed<Table>, file: string): Opened<Table> {
  const error = problems.find(({ severity }) => severity === 'error');
  if (error || value === undefined) {
    throw new UserError(
      'config',
      `${file}: ${error?.message ?? 'nothing could be read'}; docs/methods/detection-evaluation.md says what is expected`,
    );
  }
  return { table: value, problems: problems.map((problem) => ({ ...problem, file })) };
}
