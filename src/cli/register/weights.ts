/** The commands about weight files: `weights inspect`, `convert`, `check`, and `features`. */
import { Option, type Command } from 'commander';
import { UserError } from '../../shared/errors';
import { completeBackbone } from '../../shared/experiment/backbones/complete';
import { backboneNames, backboneProblem, type BackboneConfig } from '../../shared/experiment/layers';
import { namings, type Naming } from '../../shared/weights/convertWeights';
import { familyNames, type FamilyName } from '../../shared/weights/families/familyNames';
import type { WeightsMapping } from '../../shared/weights/recognise';
import { runtimeNames } from '../../shared/experiment/runtimeName';
import type { Surroundings } from '../terminal';
import { splitList, wholeNumber, type Finish } from '../typedArguments';

interface MappingOptions {
  readonly family?: FamilyName;
  readonly prefix?: string;
  readonly encoder?: 'query' | 'key';
}
interface BackboneOptions {
  readonly backbone?: BackboneConfig['name'];
  readonly width?: number;
  readonly stem?: BackboneConfig['stem'];
  readonly stride?: BackboneConfig['stride'];
  readonly shortcut?: BackboneConfig['shortcut'];
  readonly patch?: number;
  readonly nativeSize?: number;
  readonly globalPool?: BackboneConfig['globalPool'];
  readonly positions?: BackboneConfig['positions'];
}

export function registerWeights(program: Command, around: Surroundings, finish: Finish): void {
  const weights = program
    .command('weights')
    .description('read, check and convert checkpoints of PyTorch, NumPy, Keras and others');
  addInspect(weights, around, finish);
  addConvert(weights, around, finish);
  addCheck(weights, around, finish);
  addFeatures(program, around, finish);
}

function addInspect(weights: Command, around: Surroundings, finish: Finish): void {
  const command = weights
    .command('inspect')
    .description('what a checkpoint is: format, origin, network, what it holds')
    .argument('<file>', 'the checkpoint')
    .option('--json', 'print JSON')
    .option('--list', 'print every tensor');
  withBackbone(withMapping(command), false).action(
    async (file: string, options: MappingOptions & BackboneOptions & { json?: true; list?: true }) => {
      const { inspectWeights } = await import('../commands/weights');
      const { json = false, list = false } = options;
      const backbone = backboneOf(options);
      finish(
        await inspectWeights(
          file,
          { isJson: json, isList: list, mapping: mappingOf(options), ...(backbone && { backbone }) },
          around,
        ),
      );
    },
  );
}

function addConvert(weights: Command, around: Surroundings, finish: Finish): void {
  const command = weights
    .command('convert')
    .description("write a checkpoint's backbone as safetensors under another library's names")
    .argument('<in>', 'the checkpoint')
    .argument('<out>', 'the .safetensors file to write')
    .addOption(new Option('--names <library>', 'whose names').choices(namings).default('torchvision'))
    .addOption(
      new Option('--dtype <type>', 'number type; running statistics stay float32')
        .choices(['float32', 'float16'])
        .default('float32'),
    )
    .option('--with-head', 'also the classifier fc beside the backbone');
  withMapping(command).action(
    async (
      from: string,
      to: string,
      options: MappingOptions & { names: Naming; dtype: 'float32' | 'float16'; withHead?: true },
    ) => {
      const { convertWeights } = await import('../commands/weightsConvert');
      const { names, dtype, withHead = false } = options;
      finish(await convertWeights({ from, to }, { names, dtype, withHead, mapping: mappingOf(options) }, around));
    },
  );
}

function addCheck(weights: Command, around: Surroundings, finish: Finish): void {
  const command = weights
    .command('check')
    .description(
      'run a fixed image through the imported network; statistics of every layer, and PyTorch code that reproduces them',
    )
    .argument('<file>', 'the checkpoint')
    .option('--json', 'print JSON')
    .addOption(new Option('--image-size <px>', 'side of the image').default(224).argParser(wholeNumber(8, 2048)))
    .addOption(runtimeOption());
  withBackbone(withMapping(command), true).action(
    async (
      file: string,
      options: MappingOptions & BackboneOptions & { json?: true; imageSize: number; runtime: string },
    ) => {
      const { checkWeights } = await import('../commands/weightsCheck');
      const { json = false, imageSize, runtime } = options;
      const backbone = backboneOf(options)!;
      finish(
        await checkWeights(file, { isJson: json, imageSize, runtime, backbone, mapping: mappingOf(options) }, around),
      );
    },
  );
}

interface FeaturesFlags extends MappingOptions, BackboneOptions {
  readonly weights: string;
  readonly images?: string[];
  readonly input?: string;
  readonly layers: string[];
  readonly out: string;
  readonly full?: true;
  readonly imageSize: number;
  readonly runtime: string;
  readonly cache: string | boolean;
}

function addFeatures(program: Command, around: Surroundings, finish: Finish): void {
  const command = program
    .command('features')
    .description(
      'outputs of any layers of a frozen network for images or a raw array, to .safetensors, .npz or .parquet',
    )
    .requiredOption('--weights <file>', 'the checkpoint')
    .option('--images <path...>', 'image files and folders of them')
    .option(
      '--input <file>',
      'a .npy array instead: [images, 3, height, width] or [images, height, width, 3], normalised already',
    )
    .requiredOption('--layers <names>', 'layers, separated by commas: layer1.0,layer4,avgpool', splitList)
    .requiredOption('--out <file>', 'the .safetensors, .npz or .parquet file to write')
    .addOption(
      new Option('--pooled', 'the mean over all places of each layer: [images, channels] (default)').conflicts('full'),
    )
    .option('--full', 'whole maps: [images, channels, height, width]')
    .addOption(
      new Option('--image-size <px>', 'side that images are resized and cut to')
        .default(224)
        .argParser(wholeNumber(8, 2048)),
    )
    .option('--cache <dir>', 'where results are kept by content', '.transferscope')
    .option('--no-cache', 'compute again and keep nothing')
    .addOption(runtimeOption());
  withBackbone(withMapping(command), true).action(async (options: FeaturesFlags) => {
    const { featuresCommand } = await import('../commands/features');
    const { weights, images = [], input, layers, out, full = false, imageSize, runtime, cache } = options;
    const request = {
      weights,
      images,
      layers,
      out,
      isFull: full,
      imageSize,
      runtime,
      backbone: backboneOf(options)!,
      mapping: mappingOf(options),
    };
    finish(
      await featuresCommand(
        { ...request, ...(input !== undefined && { input }), ...(typeof cache === 'string' && { cache }) },
        around,
      ),
    );
  });
}

function withMapping(command: Command): Command {
  return command
    .addOption(new Option('--family <name>', 'whose names the weights have').choices(familyNames))
    .option('--prefix <text>', "what stands before the backbone's names")
    .addOption(new Option('--encoder <which>', 'which of two encoders').choices(['query', 'key']));
}

function mappingOf({ family, prefix, encoder }: MappingOptions): WeightsMapping {
  return { ...(family && { family }), ...(prefix !== undefined && { prefix }), ...(encoder && { encoder }) };
}

function withBackbone(command: Command, isRequired: boolean): Command {
  const name = new Option('--backbone <name>', 'the network that the weights are for').choices(backboneNames);
  return command
    .addOption(isRequired ? name.makeOptionMandatory() : name)
    .addOption(
      new Option('--width <channels>', 'channels of its first stage, or per token').argParser(wholeNumber(1, 1024)),
    )
    .addOption(new Option('--stem <kind>', "a ResNet's first layers").choices(['imagenet', 'cifar', 'small', 'deep']))
    .addOption(
      new Option('--stride <where>', "which convolution of a ResNet's bottlenecks strides").choices(['3x3', '1x1']),
    )
    .addOption(new Option('--shortcut <kind>', "how a ResNet's shortcuts shrink").choices(['conv', 'average']))
    .addOption(new Option('--patch <px>', "side of a transformer's patches").argParser(wholeNumber(1, 64)))
    .addOption(
      new Option('--native-size <px>', "image side of a transformer's position embeddings").argParser(
        wholeNumber(8, 2048),
      ),
    )
    .addOption(new Option('--global-pool <kind>', 'what a transformer gives out').choices(['token', 'avg']))
    .addOption(
      new Option('--positions <how>', "how a transformer's position embeddings are interpolated").choices([
        'bicubic',
        'dino',
        'antialias',
      ]),
    );
}

function backboneOf({ backbone: name, ...written }: BackboneOptions): BackboneConfig | undefined {
  if (!name) return undefined;
  const config = completeBackbone({ name, ...written });
  const problem = backboneProblem(config);
  if (problem) throw new UserError('config', problem.message);
  return config;
}

function runtimeOption(): Option {
  return new Option('--runtime <name>', 'what executes the tensors').choices(['auto', ...runtimeNames]).default('auto');
}
