/** `new`: the list of templates, the file that is written, and what is left alone. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program';
import { fillTemplate } from '../../../src/shared/templates/experimentTemplate';
import { experimentTemplates } from '../../../src/shared/templates/experimentTemplates';
import { createFakeSurroundings } from './fakeSurroundings';

let cwd = '';
beforeEach(() => void (cwd = mkdtempSync(path.join(tmpdir(), 'new-'))));
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function start(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const fake = createFakeSurroundings({ cwd });
  const code = await runCli(['new', ...args], fake.around);
  return { code, out: fake.stdout(), err: fake.stderr() };
}

const written = (file: string) => readFileSync(path.join(cwd, file), 'utf8');
const textOf = (name: string, as = name) =>
  fillTemplate(
    experimentTemplates.find((one) => one.name === name)!,
    as,
  );

describe('new alone', () => {
  it('lists every template in groups, within 80 columns, and writes nothing', async () => {
    const { code, out, err } = await start();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    const starts = lines.flatMap((line) => /^( {2}(?=\S))?([A-Z][\w ]+$|[a-z-]+(?= {2}))/.exec(line)?.[2] ?? []);
    expect(starts).toEqual([
      'Data included',
      ...experimentTemplates.filter(({ group }) => group === 'Data included').map(({ name }) => name),
      'Your own data',
      ...experimentTemplates.filter(({ group }) => group === 'Your own data').map(({ name }) => name),
    ]);
    const words = out.replace(/\s+/g, ' ');
    for (const { label, detail } of experimentTemplates) {
      expect(words).toContain(label);
      expect(words).toContain(detail);
    }
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('asks for the template where it is told a name or a file', async () => {
    for (const option of ['--name', '--out']) {
      const { code, err } = await start(option, 'x.transfer.yaml');
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('which template? One of quickstart,') });
    }
  });
});

describe('new TEMPLATE', () => {
  it.each(experimentTemplates.map(({ name }) => name))('%s is written under its name', async (name) => {
    const { code, out, err } = await start(name);
    expect(code).toBe(0);
    expect(written(`${name}.transfer.yaml`)).toBe(textOf(name));
    expect(err).toContain(`wrote ${name}.transfer.yaml`);
    // What to do next is all that is on stdout.
    const isOwn = experimentTemplates.find((one) => one.name === name)!.group === 'Your own data';
    expect(out).toBe(`transferscope ${isOwn ? 'validate --data' : 'run'} ${name}.transfer.yaml\n`);
  });

  it('takes another name, a file, or a folder', async () => {
    mkdirSync(path.join(cwd, 'there'));
    await start('quickstart', '--name', 'first');
    await start('quickstart', '--out', 'a/b/second.transfer.yml');
    await start('quickstart', '--out', 'there');
    await start('quickstart', '--name', 'third', '--out', 'there/file.transfer.yaml');
    expect(written('first.transfer.yaml')).toBe(textOf('quickstart', 'first'));
    expect(written('a/b/second.transfer.yml')).toBe(textOf('quickstart', 'second'));
    expect(written('there/quickstart.transfer.yaml')).toBe(textOf('quickstart'));
    expect(written('there/file.transfer.yaml')).toBe(textOf('quickstart', 'third'));
    const { out } = await start('quickstart', '--out', 'two words.transfer.yaml');
    expect(out).toBe('transferscope run "two words.transfer.yaml"\n');
    expect(written('two words.transfer.yaml')).toBe(textOf('quickstart'));
  });

  it('overwrites nothing', async () => {
    writeFileSync(path.join(cwd, 'quickstart.transfer.yaml'), 'mine');
    const { code, err, out } = await start('quickstart');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      'error: quickstart.transfer.yaml is there already and stays as it is; give another --name or --out\n',
    );
    expect(written('quickstart.transfer.yaml')).toBe('mine');
  });

  it.each([
    [['quickstrat'], 'error: there is no template `quickstrat`; did you mean `quickstart`?\n'],
    [['xyzzy'], /there is no template `xyzzy`; there are quickstart, .*checkpoints\n$/],
    [['quickstart', '--name', '../x'], /"\.\.\/x" is no name for an experiment: Up to 64 letters/],
    [
      ['quickstart', '--out', 'x.yaml'],
      /an experiment file ends in \.transfer\.yaml, and "x\.yaml" does not; add that/,
    ],
  ])('%s: a sentence, and no file', async (args, message) => {
    const { code, err } = await start(...args);
    expect(code).toBe(1);
    if (typeof message === 'string') expect(err).toBe(message);
    else expect(err).toMatch(message);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('says where nothing can be written', async () => {
    writeFileSync(path.join(cwd, 'file'), '');
    const { code, err } = await start('quickstart', '--out', 'file/x.transfer.yaml');
    expect(code).toBe(3);
    expect(err).toMatch(/^error: cannot make the folder .*; give another --out\n$/);
  });
});
