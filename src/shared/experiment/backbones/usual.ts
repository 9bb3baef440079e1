/** What settings are for networks to which they mean nothing. */
import type { BackboneConfig } from './config';

export const meaningless: Omit<Required<BackboneConfig>, 'name' | 'width'> = {
  stem: 'imagenet',
  dilate: [false, false, false],
  stride: '3x3',
  shortcut: 'conv',
  patch: 16,
  nativeSize: 224,
  globalPool: 'token',
  positions: 'bicubic',
};
