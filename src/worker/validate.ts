/** The `validate` request: everything that is wrong with an experiment file, found without running anything. */
import path from 'node:path';
import type { Problem } from '../shared/experiment/problem';
import { UserError } from '../shared/errors';
import { DataLibrary } from './data/dataLibrary';
import { loadExperiment, readExperimentText } from './experimentLoader';

export async function validateFile(request: { file: string; openData: boolean }): Promise<readonly Problem[]> {
  const text = await readExperimentText(request.file);
  const baseDir = path.dirname(request.file);
  const dataProblems: string[] = [];
  try {
    const { problems } = await loadExperiment(text, request.file, {
      ...(request.openData && {
        openData: (experiment) => new DataLibrary(experiment.data, baseDir, (message) => dataProblems.push(message)),
      }),
    });
    return [...problems, ...dataProblems.map((message) => wholeFile('warning', 'data', message))];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [placed(error)];
  }
}

function placed({ code, message, place }: UserError): Problem {
  const start = { line: place?.line ?? 1, column: place?.column ?? 1, offset: 0 };
  return { severity: 'error', code, message, path: [], range: { start, end: start } };
}

/** A problem that belongs to no single place of the file. */
function wholeFile(severity: 'warning', code: string, message: string): Problem {
  const start = { line: 1, column: 1, offset: 0 };
  return { severity, code, message, path: [], range: { start, end: start } };
}
