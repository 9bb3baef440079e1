/** Node's files for reading weights. */
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import * as zlib from 'node:zlib';
import { createNodePlatform } from '../../shared/weights/nodePlatform';

export const weightPlatform = createNodePlatform({ open, stat, path, zlib });
