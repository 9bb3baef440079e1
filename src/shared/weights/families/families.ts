/** All families. Where two fit equally well, one with signs goes before one without, then the earlier one. A new family is a file and a line here. */
import type { Family } from '../family';
import { byol } from './byol';
import { caffe2 } from './caffe2';
import { detectron2 } from './detectron2';
import { dino } from './dino';
import { goodTransfer } from './goodTransfer';
import { huggingFace } from './huggingFace';
import { keras } from './keras';
import { lightly } from './lightly';
import { moco } from './moco';
import { openMmlab } from './openMmlab';
import { simclr } from './simclr';
import { soloLearn } from './soloLearn';
import { swav } from './swav';
import { timm } from './timm';
import { torchvision } from './torchvision';
import { vissl } from './vissl';

export const families: readonly Family[] = [
  ...[openMmlab, goodTransfer, moco, dino, byol, swav, vissl, soloLearn, lightly, simclr],
  ...[detectron2, caffe2, keras, huggingFace, timm, torchvision],
];
