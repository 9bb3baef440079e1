/** Every template is an experiment of which nothing has to be said, and says what it promises. */
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { knownFacts } from '../../../../src/shared/editing/knownFacts';
import { planStages, weightFiles } from '../../../../src/shared/experiment/plan';
import {
  checkName,
  fillTemplate,
  nameOfFile,
  templateGroups,
  type ExperimentTemplate,
} from '../../../../src/shared/templates/experimentTemplate';
import { experimentTemplates } from '../../../../src/shared/templates/experimentTemplates';
import { formatProblem, parse } from '../experiment/problemsOf';

const [included, own] = templateGroups.map((group) => experimentTemplates.filter((one) => one.group === group));

/** As the editor reads it while data are not opened. */
function open(template: ExperimentTemplate) {
  const text = fillTemplate(template, template.name);
  const { experiment, problems } = parse(text);
  if (!experiment) throw new Error(problems.map(formatProblem).join('\n'));
  return { experiment, problems: parse(text, { facts: knownFacts(experiment) }).problems };
}

const named = experimentTemplates.map((template) => [template.name, template] as const);

describe.each(named)('%s', (name, template) => {
  const { experiment, problems } = open(template);

  it('opens without an error, a warning or a hint', () => {
    expect(problems.map(formatProblem)).toEqual([]);
    expect(experiment.name).toBe(name);
    expect(experiment.about).toMatch(/\?$/);
  });

  it('computes something of every transfer and analysis', () => {
    const { stages } = planStages(experiment, {
      fingerprints: Object.fromEntries(Object.keys(experiment.data).map((id) => [id, `of ${id}`])),
      fileHashes: Object.fromEntries(weightFiles(experiment).map((file) => [file, `of ${file}`])),
      runtimeFamily: 'wasm',
      codeVersions: { pretraining: '1', features: '1', transfer: '1', analysis: '1' },
    });
    const ids = stages.map(({ id }) => id).join('\n');
    const wanted = [...experiment.pretrainings, ...experiment.transfers, ...experiment.analyses];
    expect(wanted.filter(({ id }) => !ids.includes(id)).map(({ id }) => id)).toEqual([]);
  });

  it('has random weights to count from', () => {
    expect(experiment.pretrainings.map(({ method }) => method)).toContain('random');
  });

  it('fits a narrow editor', () => {
    const lines = fillTemplate(template, name).split('\n');
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
    // The picker cuts what is longer.
    expect(template.detail.length).toBeLessThanOrEqual(80);
  });
});

describe('templates', () => {
  it.each(['2024', '1.5', '007', '1e3', 'true', 'null', 'a-b'])('are named %s as text', (name) => {
    expect((parseYaml(fillTemplate(experimentTemplates[0]!, name)) as { name: unknown }).name).toBe(name);
  });

  it('are listed by group, each with a name of its own', () => {
    expect(experimentTemplates.map(({ group }) => templateGroups.indexOf(group))).toEqual([
      ...included!.map(() => 0),
      ...own!.map(() => 1),
    ]);
    for (const key of ['name', 'label', 'detail'] as const)
      expect(new Set(experimentTemplates.map((one) => one[key])).size).toBe(experimentTemplates.length);
    expect(experimentTemplates.map(({ name }) => checkName(name)).filter((wrong) => wrong !== undefined)).toEqual([]);
    expect(experimentTemplates[0]!.label).toBe('Quickstart with emoji');
  });

  it('with data included read nothing else, have seeds for an interval, and say how long they take', () => {
    for (const template of included!) {
      const { experiment } = open(template);
      const kinds = Object.values(experiment.data).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind !== 'emoji' && kind !== 'emoji-scenes')).toEqual([]);
      expect(weightFiles(experiment)).toEqual([]);
      expect(experiment.seeds.length).toBeGreaterThan(2);
      expect(template.detail).toMatch(/ minutes?[ .]/);
    }
  });
});

describe('names', () => {
  it('go by the schema', () => {
    expect(['a', 'A-1_2.3', 'x'.repeat(64)].map(checkName)).toEqual([undefined, undefined, undefined]);
    for (const name of ['', '-a', 'a b', 'ä', 'x'.repeat(65), '../a']) expect(checkName(name)).toContain('64 letters');
  });

  it('come from the file where it has one', () => {
    expect(['/a/b.transfer.yaml', 'c:\\d\\b.transfer.yml', 'b.transfer.yaml'].map(nameOfFile)).toEqual(['b', 'b', 'b']);
    expect(['/a/b.yaml', '/a/b c.transfer.yaml', '.transfer.yaml'].map(nameOfFile)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
