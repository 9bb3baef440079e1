/** Hugging Face transformers' ResNets: `resnet.encoder.stages.0.layers.0.layer.0.convolution.weight`. */
import type { Renamed } from '../backboneNames';
import { branchesOf, type Family } from '../family';

export const huggingFace: Family = {
  id: 'hugging-face',
  title: 'Hugging Face transformers',
  branches: branchesOf(['resnet.', '', 'model.resnet.']),
  signs: [/(?:^|\.)embedder\.embedder\.convolution\.weight$/],
  needsSign: true,
  rename: fromHuggingFace,
};

function fromHuggingFace(name: string): Renamed | undefined {
  const stem = /^embedder\.embedder\.(convolution|normalization)\.(\w+)$/.exec(name);
  if (stem) return { name: `${stem[1] === 'convolution' ? 'conv1' : 'bn1'}.${stem[2]}` };
  const block =
    /^encoder\.stages\.([0-3])\.layers\.(\d{1,3})\.(?:layer\.([0-2])|shortcut)\.(convolution|normalization)\.(\w+)$/.exec(
      name,
    );
  if (!block) return undefined;
  const [, stage, index, layer, kind, last] = block;
  const isConv = kind === 'convolution';
  const unit = layer ? `${isConv ? 'conv' : 'bn'}${Number(layer) + 1}` : `downsample.${isConv ? 0 : 1}`;
  return { name: `layer${Number(stage) + 1}.${index}.${unit}.${last}` };
}
