/** `weights convert`: any checkpoint's backbone as safetensors under the names of another library, tensor by tensor. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../../shared/errors';
import { formatBytes } from '../../shared/views/formatNumbers';
import { inferArchitecture } from '../../shared/weights/architecture';
import { planConversion, type ConvertedTensor, type ConvertOptions } from '../../shared/weights/convertWeights';
import { backboneShapes, fitBackbone, fitProblems } from '../../shared/weights/fitBackbone';
import { recogniseOrRefuse, type Recognition, type WeightsMapping } from '../../shared/weights/recognise';
import { layOutSafetensors } from '../../shared/weights/safetensors';
import { useWeights } from '../../shared/weights/useWeights';
import { weightPlatform } from '../../runs/weightPlatform';
import { EXIT, type ExitCode } from '../exitCodes';
import type { Surroundings } from '../terminal';

export interface ConvertCommandOptions extends ConvertOptions {
  readonly mapping: WeightsMapping;
}

export async function convertWeights(
  files: { readonly from: string; readonly to: string },
  options: ConvertCommandOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const [from, to] = [resolve(around.cwd, files.from), resolve(around.cwd, files.to)];
  if (!/\.safetensors$/.test(to))
    throw new UserError(
      'config',
      `${files.to} would be written as safetensors; give it a name that ends in .safetensors`,
    );
  if (from === to) throw new UserError('config', 'the new file would overwrite the old one; give it another name');
  return useWeights({ path: from, name: files.from }, weightPlatform, async (weights) => {
    const recognition = recogniseOrRefuse(weights, options.mapping);
    const plan = planConversion(weights, recognition, options);
    const origin = weights.metadata.origin ?? `${recognition.family.title}: ${files.from.split(/[/\\]/).at(-1)}`;
    const bytes = await writeSafetensors(to, plan, { format: 'pt', origin });
    const network = inferArchitecture(recognition.tensors);
    around.stdout.write(
      `wrote ${files.to}: ${network?.label ?? 'weights'} from ${recognition.family.title}, ${plan.size} tensors ` +
        `under ${options.names} names, ${formatBytes(bytes)}\n`,
    );
    for (const warning of warningsOf(recognition)) around.stderr.write(`warning: ${warning}\n`);
    return EXIT.done;
  });
}

/** What a reader of the new file should not have to find out. */
function warningsOf(recognition: Recognition): string[] {
  const backbone = inferArchitecture(recognition.tensors)?.backbone;
  const problems = backbone ? fitProblems(fitBackbone(recognition, backboneShapes(backbone))) : [];
  const first = problems.slice(0, 3).join('; ');
  return [
    ...(problems.length > 0
      ? [`the backbone is not whole: ${first}${problems.length > 3 ? `; and ${problems.length - 3} more` : ''}`]
      : []),
    ...(recognition.others.length > 0
      ? [`${recognition.others.length} tensors that are not part of the backbone were left out`]
      : []),
    ...(recognition.family.notes ?? []),
  ];
}

/** Writes to a temporary name, one tensor at a time, then renames. Returns the size in bytes. */
async function writeSafetensors(
  file: string,
  plan: ReadonlyMap<string, ConvertedTensor>,
  metadata: Readonly<Record<string, string>>,
): Promise<number> {
  const specs = new Map([...plan].map(([name, { spec }]) => [name, spec]));
  const { head, order, size } = layOutSafetensors(specs, metadata);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx').catch((error: NodeJS.ErrnoException) => {
      throw new UserError('storage', `cannot write ${file}: ${error.code ?? error.message}; choose another place`);
    });
    try {
      await handle.write(head);
      for (const name of order) await handle.writeFile(await plan.get(name)!.encode());
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return size;
}
