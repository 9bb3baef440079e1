/** detectron2: `res2.0.conv1.norm.weight`; its stem is apart and its stages count from 2. */
import type { Renamed } from '../backboneNames';
import { branchesOf, type Family } from '../family';

export const detectron2: Family = {
  id: 'detectron2',
  title: 'detectron2',
  branches: branchesOf(['backbone.bottom_up.', 'backbone.', '']),
  signs: [/(?:^|\.)res2\.0\.conv1\.weight$/],
  needsSign: true,
  rename: fromDetectron2,
  notes: [
    'detectron2 feeds BGR images unless its config says `INPUT.FORMAT: "RGB"`, and its MSRA models have their strides on the first 1×1 convolutions; here images are RGB, and strides on the 3×3 unless the backbone says `stride: 1x1`',
  ],
};

/** As detectron2's convert-torchvision-to-d2 the other way round. */
function fromDetectron2(name: string): Renamed | undefined {
  const stem = /^stem\.conv1\.(norm\.)?(\w+)$/.exec(name);
  if (stem) return { name: `${stem[1] ? 'bn1' : 'conv1'}.${stem[2]}` };
  const block = /^res([2-5])\.(\d{1,3})\.(?:conv([123])|shortcut)\.(norm\.)?(\w+)$/.exec(name);
  if (!block) return undefined;
  const [, stage, index, conv, norm, last] = block;
  const unit = conv ? `${norm ? 'bn' : 'conv'}${conv}` : `downsample.${norm ? 1 : 0}`;
  return { name: `layer${Number(stage) - 1}.${index}.${unit}.${last}` };
}

/** torchvision's name as detectron2 has it; the classifier keeps its own. */
export function toDetectron2(name: string): string {
  const stem = /^(conv1|bn1)\.(\w+)$/.exec(name);
  if (stem) return `stem.conv1.${stem[1] === 'bn1' ? 'norm.' : ''}${stem[2]}`;
  const block = /^layer([1-4])\.(\d+)\.(conv|bn|downsample\.)(\d)\.(\w+)$/.exec(name);
  if (!block) return name;
  const [, stage, index, unit, digit, last] = block;
  const isNorm = unit === 'bn' || (unit === 'downsample.' && digit === '1');
  const place = unit === 'downsample.' ? 'shortcut' : `conv${digit}`;
  return `res${Number(stage) + 1}.${index}.${place}.${isNorm ? 'norm.' : ''}${last}`;
}
