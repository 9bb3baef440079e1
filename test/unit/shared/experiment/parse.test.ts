import { describe, expect, it } from 'vitest';
import { dataSchema } from '../../../../src/shared/experiment/schema';
import { transferSchema } from '../../../../src/shared/experiment/transferSchema';
import { applyFix, base, formatProblem, parse, spoil } from './problemsOf';

const kinds = dataSchema.options.map(({ shape }) => [...shape.kind.unwrap().values][0]!);
const tasks = transferSchema.options.map(({ shape }) => [...shape.task.unwrap().values][0]!);
const oneOf = (names: readonly string[]) =>
  `${names
    .slice(0, -1)
    .map((name) => `\`${name}\``)
    .join(', ')} or \`${names.at(-1)}\``;

/** Each: what is wrong, the text, and the exact problems. */
const bad: readonly [title: string, text: string, expected: readonly string[]][] = [
  ['empty file', '', ['1:1-1 error empty: the file is empty; it needs at least `name`, `backbone` and `pretrainings`']],
  [
    'only a comment',
    '# nothing\n',
    ['1:1-1 error empty: the file is empty; it needs at least `name`, `backbone` and `pretrainings`'],
  ],
  [
    'a list',
    '- a\n- b\n',
    [
      '1:1 error wrong-type: the file is a list; an experiment is a mapping with `name`, `backbone`, `pretrainings` and so on',
    ],
  ],
  [
    'a single word',
    'hello\n',
    [
      '1:1-6 error wrong-type: the file is a single value; an experiment is a mapping with `name`, `backbone`, `pretrainings` and so on',
    ],
  ],
  [
    'tab indentation',
    'name: x\nbackbone:\n\tname: resnet18\n',
    ['3:1-2 error syntax: a tab is used for indentation, which YAML does not allow; indent with spaces'],
  ],
  [
    'open bracket',
    'name: x\nseeds: [0, 1\nimageSize: 3\n',
    ['3:1-2 error syntax: a list opened with [ is not closed; add the ] before this line'],
  ],
  [
    'repeated key',
    spoil(['imageSize: 32', 'imageSize: 32\nimageSize: 64']),
    [
      '4:1-10 error duplicate-key: the key `imageSize` is given twice in one mapping, and only one could count; remove one of them',
    ],
  ],
  [
    'two documents',
    'name: x\n---\nname: y\n',
    ['2:1 error syntax: the file holds more than one document (---); put each experiment in its own file'],
  ],
  [
    'colon in a plain value',
    'name: x\nabout: two: three\n',
    [
      '2:8-9 error syntax: there is a second `: ` on this line; put a value that holds a colon in quotes, or start a new line for a nested mapping',
    ],
  ],
  [
    'unknown alias',
    'name: *x\n',
    ['1:1-1 error syntax: an alias (*name) has no anchor (&name) before it; write the value out'],
  ],
  [
    'alias bomb',
    aliasBomb(),
    ['1:1-1 error syntax: the file repeats itself through more than 100 aliases (*name); write the values out'],
  ],
  [
    'an alias within what it repeats',
    'name: &x [1, { a: *x }]\n',
    ['1:1-1 error syntax: an alias (*name) stands inside the value that it repeats (&name); write the value out'],
  ],
  [
    'absurd nesting',
    `name: ${'['.repeat(20_000)}`,
    ['1:1-1 error syntax: the file is nested too deeply to be read; write it flatter'],
  ],
  [
    'too long',
    `# ${'x'.repeat(1_000_001)}`,
    [
      '1:1-1 error syntax: the file has 1,000,003 characters, more than the 1,000,000 that are read; is it an experiment file?',
    ],
  ],
  [
    'everything missing',
    'about: x\n',
    [
      '1:1-6 error missing-key: `name` is missing; it must be a name of at most 64 letters, digits, `-`, `_` and `.` that starts with a letter or digit. Name of the experiment; its run folders are called after it.',
      '1:1-6 error missing-key: `backbone` is missing; it must be a mapping with `name`, `width`, `stem`, `dilate`, `stride`, `shortcut`, `patch`, `nativeSize`, `globalPool` and `positions`. The network that is pretrained and transferred.',
      '1:1-6 error missing-key: `pretrainings` is missing; it must be a list of 1 to 1000. The rows of the table: ways to get the weights of the backbone.',
    ],
  ],
  [
    'unknown key with a near one',
    spoil(['steps: 2500', 'steps: 2500\n    temprature: 0.1']),
    ['13:5-15 error unknown-key: unknown key `temprature`; did you mean `temperature`?'],
  ],
  [
    'unknown key that means the same elsewhere',
    spoil(['steps: 2500', 'steps: 2500\n    lr: 0.1']),
    ['13:5-7 error unknown-key: unknown key `lr`; did you mean `learningRate`?'],
  ],
  [
    'unknown key without',
    spoil(['name: resnet18,', 'name: resnet18, wibble: 3,']),
    [
      '4:29-35 error unknown-key: unknown key `wibble`; known here: name, width, stem, dilate, stride, shortcut, patch, nativeSize, globalPool, positions',
    ],
  ],
  [
    'unknown top-level key',
    spoil(['name: test', 'name: test\nfollows: []']),
    [
      '2:1-8 error unknown-key: unknown key `follows`; known here: name, about, seeds, runtime, imageSize, backbone, data, pretrainings, transfers, analyses, tables, resources',
    ],
  ],
  [
    'wrong letter case',
    spoil(['imageSize: 32', 'imagesize: 32']),
    ['3:1-10 error unknown-key: unknown key `imagesize`; did you mean `imageSize`?'],
  ],
  [
    'enum typo',
    spoil(['resnet18', 'resnet-18']),
    [
      '4:19-28 error unknown-value: `name` is "resnet-18"; did you mean `resnet18`? It must be one of `resnet18`, `resnet34`, `resnet50`, `resnet101`, `resnet152`, `resnext50_32x4d`, `resnext101_32x8d`, `wide_resnet50_2`, `wide_resnet101_2`, `vit_tiny_patch16`, `vit_small_patch16`, `vit_base_patch16`, `convnext_tiny`, `convnext_small` or `convnext_base`',
    ],
  ],
  [
    'wrong type',
    spoil(['width: 16', 'width: wide']),
    ['4:36-40 error wrong-type: `width` is "wide"; it must be a whole number from 1 to 1024 (channels)'],
  ],
  [
    'not whole',
    spoil(['width: 16', 'width: 16.5']),
    ['4:36-40 error wrong-type: `width` is 16.5; it must be a whole number from 1 to 1024 (channels)'],
  ],
  [
    'below range',
    spoil(['steps: 2500', 'steps: 0']),
    ['12:12-13 error out-of-range: `steps` is 0; it must be a whole number from 1 to 100000000 (steps)'],
  ],
  [
    'above range',
    spoil(['steps: 2500', 'steps: 2500\n    temperature: 70']),
    ['13:18-20 error out-of-range: `temperature` is 70; it must be a number from 0.001 to 10'],
  ],
  [
    'not a number',
    spoil(['steps: 2500', 'steps: 2500\n    temperature: .nan']),
    ['13:18-22 error wrong-type: `temperature` is NaN; it must be a number from 0.001 to 10'],
  ],
  [
    'infinite',
    spoil(['steps: 2500', 'steps: 2500\n    learningRate: .inf']),
    ['13:19-23 error wrong-type: `learningRate` is Infinity; it must be a number from 1e-8 to 1000'],
  ],
  [
    'empty value',
    spoil(['steps: 2500', 'steps:']),
    ['12:11-11 error wrong-type: `steps` is empty; it must be a whole number from 1 to 100000000 (steps)'],
  ],
  [
    'bad name',
    spoil(['name: test', 'name: a/b']),
    [
      '1:7-10 error wrong-type: `name` is "a/b"; it must be a name of at most 64 letters, digits, `-`, `_` and `.` that starts with a letter or digit',
    ],
  ],
  [
    'bad data name',
    spoil(
      ['  emoji: {', '  my emoji: {'],
      ['data: emoji\n', 'data: my emoji\n'],
      ['data: emoji }', 'data: my emoji }'],
    ),
    [
      '6:3-11 error bad-name: `my emoji` cannot be a name here; it must be a name of at most 64 letters, digits, `-`, `_` and `.` that starts with a letter',
    ],
  ],
  [
    'bad id',
    spoil(['id: random', 'id: "../x"']),
    [
      '13:11-17 error wrong-type: `id` is "../x"; it must be a name of at most 64 letters, digits, `-`, `_` and `.` that starts with a letter',
    ],
  ],
  [
    'data kind typo',
    spoil(['kind: emoji', 'kind: emojis']),
    [`6:18-24 error unknown-value: \`kind\` is "emojis"; did you mean \`emoji\`? It must be one of ${oneOf(kinds)}`],
  ],
  [
    'data kind missing',
    spoil(['kind: emoji', 'labels: emoji']),
    [`6:3-8 error missing-key: \`kind\` is missing; it must be one of ${oneOf(kinds)}`],
  ],
  [
    'task typo',
    spoil(['linear-probe', 'linear_prob']),
    [
      `15:24-35 error unknown-value: \`task\` is "linear_prob"; did you mean \`linear-probe\`? It must be one of ${oneOf(tasks)}`,
    ],
  ],
  [
    'list where a mapping belongs',
    spoil(['{ name: resnet18, width: 16, stem: small }', '[resnet18]']),
    [
      '4:11-21 error wrong-type: `backbone` is ["resnet18"]; it must be a mapping with `name`, `width`, `stem`, `dilate`, `stride`, `shortcut`, `patch`, `nativeSize`, `globalPool` and `positions`',
    ],
  ],
  [
    'mapping where a list belongs',
    spoil(['seeds: [0, 1]', 'seeds: { a: 1 }']),
    [
      '2:1-6 error wrong-type: `seeds` is {"a":1}; it must be a list of 1 to 1000, each a whole number from 0 to 4294967295',
    ],
  ],
  [
    'no pretrainings',
    'name: x\nbackbone: { name: resnet18 }\npretrainings: []\n',
    ['3:15-17 error out-of-range: `pretrainings` is []; it must be a list of 1 to 1000'],
  ],
  [
    'colour out of range',
    spoil(['kind: emoji', 'kind: emoji, background: [0, 0, 256]']),
    ['6:44-47 error out-of-range: item 3 of `background` is 256; it must be a whole number from 0 to 255'],
  ],
  [
    'yes for true',
    spoil(['steps: 2500', 'steps: 2500\n    monitor: { knn: yes }']),
    ['13:21-24 error wrong-type: `knn` is "yes"; it must be `true` or `false`'],
  ],
  [
    'merge key',
    spoil(['- { id: random }', '- { id: random, <<: 3 }']),
    ['13:19-21 error unknown-key: unknown key `<<`; remove it'],
  ],
  [
    'layers neither all nor a list',
    spoil(['data: emoji }\n', 'data: emoji, layers: most }\n']),
    ['15:59-63 error unknown-value: `layers` is "most"; it must be `all` or a list of 1 to 256, each text'],
  ],
  [
    'missing data in transfer',
    spoil([', data: emoji }\n', ' }\n']),
    ['15:7-9 error missing-key: `data` is missing; it must be text. Which entry of `data` to use.'],
  ],
];

function aliasBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`);
  return lines.join('\n');
}

describe('bad input', () => {
  it.each(bad)('%s', (_title, text, expected) => {
    const { experiment, problems } = parse(text);
    expect(experiment).toBeUndefined();
    expect(problems.map(formatProblem)).toEqual(expected);
  });
});

describe('a correct file', () => {
  it('has no problems', () => {
    const { experiment, problems } = parse(base);
    expect(problems.map(formatProblem)).toEqual([]);
    expect(experiment?.pretrainings.map(({ id, method }) => [id, method])).toEqual([
      ['moco', 'moco'],
      ['random', 'random'],
    ]);
  });

  it('is the same as JSON, with tabs or without, and with Windows line ends and a byte-order mark', () => {
    const { experiment, document } = parse(base);
    expect(parse(JSON.stringify(document.value)).experiment).toEqual(experiment);
    expect(parse(JSON.stringify(document.value, null, '\t')).experiment).toEqual(experiment);
    expect(parse(`\uFEFF${base.replaceAll('\n', '\r\n')}`).experiment).toEqual(experiment);
  });

  it('may use anchors', () => {
    const text = spoil(['data: emoji\n', 'data: &images emoji\n'], ['data: emoji }', 'data: *images }']);
    expect(parse(text).experiment).toEqual(parse(base).experiment);
  });

  it('knows where its entries stand', () => {
    const { places, document } = parse(base);
    expect(places.get('probe')).toEqual(['transfers', 0]);
    expect(document.rangeOf(['pretrainings', 0, 'steps']).start).toEqual({
      line: 12,
      column: 12,
      offset: base.indexOf('2500'),
    });
    expect(document.rangeOf(['pretrainings', 0, 'steps'], 'key').start.column).toBe(5);
  });
});

describe('quick fixes of typing errors', () => {
  it.each([
    ['key', spoil(['steps: 2500', 'stepz: 2500'])],
    ['value', spoil(['stem: small', 'stem: smal'])],
    ['data', spoil(['data: emoji }', 'data: emoij }'])],
    ['recipe', spoil(['emoji-moco-v2', 'emoji-moco2'])],
  ])('%s', (_title, text) => {
    const [problem, ...others] = parse(text).problems;
    expect(others).toEqual([]);
    expect(applyFix(text, problem!.fixes![0]!)).toBe(base);
  });

  it('remove an unknown key, whether first, last or only on its line', () => {
    for (const text of [
      spoil(['{ id: random }', '{ wibble: 1, id: random }']),
      spoil(['{ id: random }', '{ id: random, wibble: 1 }']),
      spoil(['    steps: 2500\n', '    steps: 2500\n    wibble: 1\n']),
      spoil(['imageSize: 32\n', 'wibble: { a: 1 }\nimageSize: 32\n']),
    ]) {
      const fix = parse(text).problems[0]!.fixes!.at(-1)!;
      expect(fix.title).toBe('Remove wibble');
      expect(applyFix(text, fix)).toBe(base);
    }
  });
});
