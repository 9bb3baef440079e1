/** Every format against files written by the library it belongs to (test/golden/make/weightsFormats.py). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import { memorySource } from '../../../../src/shared/weights/byteSource';
import { openWeights } from '../../../../src/shared/weights/openWeights';
import { goldenFolder, readAll, useGolden } from './openGolden';

const expected = JSON.parse(readFileSync(path.join(goldenFolder, 'expected.json'), 'utf8')) as Record<
  string,
  Record<string, [string, number[], number[]]>
>;
/** Long arrays are not written out in the golden file. */
const longArrays: Record<string, number[]> = {
  zeros: new Array<number>(50_000).fill(0),
  'model.long': Array.from({ length: 9000 }, (_, i) => Math.fround((i % 97) / 97)),
};

describe('files of the libraries themselves', () => {
  it.each(Object.keys(expected))('%s holds the same numbers', async (name) => {
    const found = await useGolden(name, readAll);
    const wanted = expected[name]!;
    expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
    for (const [tensor, [dtype, shape, values]] of Object.entries(wanted)) {
      const listed = longArrays[tensor] ?? values;
      expect([tensor, found[tensor]![0], found[tensor]![1]]).toEqual([tensor, dtype, shape]);
      expect(found[tensor]![2]).toEqual(listed.map(Math.fround));
    }
  });

  it('keep what a checkpoint says of itself', async () => {
    for (const name of ['torch-zip.pth', 'torch-legacy.pth'])
      await useGolden(name, async ({ metadata, format, parents }) => {
        expect(metadata).toMatchObject({ arch: 'resnet50', epoch: '200', 'args.lr': '0.03' });
        expect(format).toBe(name === 'torch-zip.pth' ? 'pytorch' : 'pytorch-legacy');
        expect(parents?.get('state_dict.plain')).toBe('state_dict');
      });
    await useGolden('detectron2-4.pkl', async ({ metadata }) => expect(metadata['__author__']).toBe('Caffe2'));
    await useGolden('model.json', async ({ metadata }) => expect(metadata.generatedBy).toBe('keras v2.4.0'));
  });

  it('give rows of an array in pieces as those of the whole', async () => {
    await useGolden('chunks.h5', async ({ tensors }) => {
      for (const name of ['plain', 'gzip', 'checked', 'many']) {
        const place = tensors.get(name)!;
        const all = await place.read();
        const perRow = all.length / place.shape[0]!;
        for (let from = 0; from < place.shape[0]!; from += 2) {
          const to = Math.min(place.shape[0]!, from + 3);
          expect([...(await place.readRows!(from, to))]).toEqual([...all.slice(from * perRow, to * perRow)]);
        }
      }
    });
  });

  it('give rows of a tensor without the rest', async () => {
    await useGolden('torch-zip.pth', async ({ tensors }) => {
      const place = tensors.get('state_dict.transposed')!;
      const all = await place.read();
      expect([...(await place.readRows!(1, 3))]).toEqual([...all.slice(3, 9)]);
    });
  });

  it('read no more of a tensor than its own part of a shared storage', async () => {
    const bytes = readFileSync(path.join(goldenFolder, 'torch-zip.pth'));
    let read = 0;
    const source = memorySource(bytes, 'shared');
    const counting = {
      ...source,
      read: (begin: number, end: number) => {
        read += end - begin;
        return source.read(begin, end);
      },
    };
    const { tensors } = await openWeights(counting, { openSibling: () => Promise.reject(new Error('none')) });
    read = 0;
    await tensors.get('state_dict.plain')!.read(); // 6 of 40 numbers
    expect(read).toBeLessThanOrEqual(24 + 30);
  });
});

describe('files that are refused', () => {
  it.each([
    ['refused-print.pth', /mentions builtins\.print|mentions __builtin__\.print/],
    ['refused-getattr.pth', /mentions (builtins|__builtin__)\.getattr/],
    ['refused-system.pkl', /mentions os\.system/],
    ['refused-script.pt', /TorchScript program/],
    ['refused-latest.h5', /newer HDF5 layout/],
    ['refused-lzf.h5', /"a" packed with LZF, which is not read here; save it with gzip/],
  ])('%s', async (name, sentence) => {
    const error: unknown = await useGolden(name, readAll).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(sentence);
    expect((error as UserError).message).toContain(name);
    expect((error as UserError).code).toBe('weights');
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    ['an empty file', '', /is empty/],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\n', /git lfs pull/],
    ['a web page', '<!DOCTYPE html><html><body>404</body></html>', /web page/],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /gunzip/],
    ['text', 'just some words', /begins with "just some wo"/],
    ['JSON that is no model', '{"a": 1}', /JSON text without weights/],
    ['a piece outside its folder', '{"weight_map": {"a": "../b.safetensors"}}', /does not lie beside it/],
    ['a zip archive of something else', zipOf('readme.txt'), /zip archive without weights \(it holds readme\.txt\)/],
  ])('%s is called what it is', async (_, content, sentence) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const opener = { openSibling: () => Promise.reject(new Error('nothing beside it')) };
    await expect(openWeights(memorySource(bytes, 'strange.bin'), opener)).rejects.toThrow(sentence);
    await expect(openWeights(memorySource(bytes, 'strange.bin'), opener)).rejects.toBeInstanceOf(UserError);
  });
});

/** An archive with one empty entry. */
function zipOf(name: string): Uint8Array {
  const text = Buffer.from(name);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt16LE(text.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50);
  central.writeUInt16LE(text.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + text.length, 12);
  end.writeUInt32LE(30 + text.length, 16);
  return Buffer.concat([local, text, central, text, end]);
}
