/** Three lines of PyTorch that compute what `weights check` printed, with torchvision's or timm's network and hooks on its modules. */
import { resnets, transformers, type BackboneConfig } from '../experiment/backbones/config';
import { describeBackbone } from '../experiment/backbones/describeBackbone';
import { checkFrequency } from './checkReport';
import type { Recognition } from './recognise';
import type { WeightsFile } from './weightsFile';

export interface SnippetInput {
  readonly weights: WeightsFile;
  readonly recognition: Pick<Recognition, 'prefix' | 'family'>;
  readonly backbone: BackboneConfig;
  readonly layers: readonly string[];
  readonly imageSize: number;
}

/** Undefined where neither library has such a network for images of this size. */
export function makeTorchSnippet(input: SnippetInput): readonly string[] | undefined {
  const { backbone } = input;
  if (describeBackbone(backbone) !== backbone.name) return undefined;
  return Object.hasOwn(resnets, backbone.name) ? torchvisionSnippet(input) : timmSnippet(input);
}

function torchvisionSnippet(input: SnippetInput): readonly string[] {
  const { before, load } = loadLine(input);
  return [
    ...before,
    `import torch, torchvision; net = torchvision.models.${input.backbone.name}().eval(); ${load}; print(net.load_state_dict(sd, strict=False))`,
    ...printLines(input),
  ];
}

/** timm fixes the number of position embeddings by the size in a transformer's name. */
const TIMM_SIZE = 224;

function timmSnippet(input: SnippetInput): readonly string[] | undefined {
  const { backbone, weights, layers, imageSize } = input;
  const isTransformer = Object.hasOwn(transformers, backbone.name);
  if (isTransformer && imageSize !== TIMM_SIZE) return undefined;
  const name = isTransformer ? `${backbone.name}_${TIMM_SIZE}` : backbone.name;
  // A transformer's class token and patch tokens are parts of a module's output.
  const modules = layers.filter((layer) => !/\.(cls_token|patch_tokens)$/.test(layer));
  return [
    `# first: transferscope weights convert ${weights.name} converted.safetensors --names timm`,
    `import torch, timm; from safetensors.torch import load_file; net = timm.create_model("${name}", num_classes=0).eval(); print(net.load_state_dict(load_file("converted.safetensors"), strict=False))`,
    ...printLines({ layers: modules, imageSize }),
  ];
}

function printLines({ layers, imageSize: size }: Pick<SnippetInput, 'layers' | 'imageSize'>): string[] {
  const names = layers.map((layer) => `"${layer}"`).join(', ');
  return [
    `for n in [${names}]: net.get_submodule(n).register_forward_hook(lambda m, i, y, n=n: print(f"{n:10} {y.mean():.6f} {y.std():.6f} {y.max():.6f}"))`,
    `with torch.no_grad(): net(torch.sin(torch.arange(3 * ${size} * ${size}).double() * ${checkFrequency}).float().reshape(1, 3, ${size}, ${size}))`,
  ];
}

/** How the state dict gets into `sd`. Names that are not torchvision's are converted first. */
function loadLine({ weights, recognition }: SnippetInput): { before: string[]; load: string } {
  const { prefix } = recognition;
  const first = `${prefix}conv1.weight`;
  const isPlain = recognition.family.rename === undefined && weights.tensors.has(first);
  if (isPlain && weights.format === 'safetensors' && !weights.name.endsWith('.json'))
    return {
      before: [],
      load: `from safetensors.torch import load_file; sd = ${strip(`load_file(${quote(weights.name)})`, prefix)}`,
    };
  const parent = weights.parents?.get(first);
  if (isPlain && parent !== undefined && /^pytorch/.test(weights.format)) {
    const keys = parent === '' ? [] : parent.split('.');
    const all = `torch.load(${quote(weights.name)}, map_location="cpu", weights_only=False)${keys.map((key) => `[${quote(key)}]`).join('')}`;
    return { before: [], load: `sd = ${strip(all, parent === '' ? prefix : prefix.slice(parent.length + 1))}` };
  }
  const before = [`# first: transferscope weights convert ${weights.name} converted.safetensors`];
  return { before, load: 'from safetensors.torch import load_file; sd = load_file("converted.safetensors")' };
}

function strip(dict: string, prefix: string): string {
  if (prefix === '') return dict;
  return `{k[${prefix.length}:]: v for k, v in ${dict}.items() if k.startswith(${quote(prefix)})}`;
}

/** JSON's escapes are Python's, too. */
function quote(text: string): string {
  return JSON.stringify(text);
}
