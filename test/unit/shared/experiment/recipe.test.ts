import { describe, expect, it } from 'vitest';
import { parseRecipe } from '../../../../src/shared/experiment/recipe';
import { renderRecipePages } from '../../../../src/shared/experiment/recipePages';
import { parse, spoil } from './problemsOf';
import { readRecipes } from './recipeBook';

const recipes = readRecipes();
const settingsOf = (name: string): Readonly<Record<string, unknown>> => recipes.get(name)!.settings;

describe('every recipe', () => {
  it.each([...recipes.values()].filter(({ paper }) => paper !== undefined))(
    '$name says what differs from its source',
    (recipe) => {
      expect(recipe.differs?.length).toBeGreaterThan(0);
    },
  );

  it('has a page with its source, its differences and an example', () => {
    const pages = renderRecipePages(recipes);
    expect([...pages.keys()]).toEqual([...recipes.keys()]);
    const page = pages.get('imagenet-semi-10pct')!;
    expect(page).toContain('## Source\n\nCaron 2020, arXiv 2006.09882');
    expect(page).toContain('## What differs from the source\n\n- images are drawn class by class');
    expect(page).toContain(
      'transfers:\n  - id: mine\n    task: classification\n    data: images\n    recipe: imagenet-semi-10pct',
    );
    expect(page).toContain('milestones: [6000, 8000]');
    expect(pages.get('emoji-landmarks')).toContain('Made for this project');
  });
});

describe('published recipes', () => {
  // MoCo's released training script: rows of the table in its paper's repository, v1 and v2.
  const shared = {
    imageSize: 224,
    epochs: 200,
    batch: 256,
    optimizer: 'sgd',
    learningRate: 0.03,
    momentum: 0.9,
    weightDecay: 1e-4,
  };
  const contrastive = { ...shared, dimension: 128, queue: 65536, encoderMomentum: 0.999 };
  const v1 = {
    ...contrastive,
    head: 'linear',
    temperature: 0.07,
    augment: 'moco-v1',
    schedule: { kind: 'step', milestones: [120, 160], gamma: 0.1, per: 'epoch', warmupSteps: 0 },
  };
  const v2 = {
    ...contrastive,
    head: 'mlp',
    temperature: 0.2,
    augment: 'moco-v2',
    schedule: { kind: 'cosine', per: 'epoch', warmupSteps: 0 },
  };

  it.each([
    ['moco-v1-200ep', 'moco', v1],
    ['moco-v2-200ep', 'moco', v2],
    ['exemplar-v1-200ep', 'exemplar', v1],
    ['exemplar-v2-200ep', 'exemplar', v2],
    ['supcon-200ep', 'supcon', v2],
    [
      'instdisc-200ep',
      'instdisc',
      {
        ...shared,
        dimension: 128,
        head: 'linear',
        temperature: 0.07,
        bank: { negatives: 4096, momentum: 0.5, form: 'nce' },
      },
    ],
    [
      'supervised-90ep',
      'supervised',
      {
        epochs: 90,
        batch: 256,
        learningRate: 0.1,
        momentum: 0.9,
        weightDecay: 1e-4,
        augment: 'supervised',
        schedule: { kind: 'step', milestones: [30, 60], gamma: 0.1, per: 'epoch', warmupSteps: 0 },
      },
    ],
  ])('%s', (name, method, values) => {
    expect(recipes.get(name)).toMatchObject({ for: 'pretraining', method });
    expect(settingsOf(name)).toMatchObject(values);
  });

  it('linear-readoff-100ep', () => {
    expect(recipes.get('linear-readoff-100ep')).toMatchObject({
      task: 'linear-probe',
      settings: {
        solver: 'sgd',
        learningRate: 30,
        momentum: 0.9,
        weightDecay: 0,
        batch: 256,
        epochs: 100,
        milestones: [60, 80],
      },
    });
  });

  // SwAV's released script for few labels: epochs 20 of 12,811 and 128,116 images, rates 0.02 and 5, or 0.01 and 0.2.
  it.each([
    ['imagenet-semi-1pct', 12_811, 0.02, 5],
    ['imagenet-semi-10pct', 128_116, 0.01, 0.2],
  ])('%s', (name, images, rate, headRate) => {
    const epoch = Math.floor(images / 256);
    const settings = settingsOf(name);
    expect(settings).toMatchObject({ batch: 256, steps: 20 * epoch, milestones: [12 * epoch, 16 * epoch], gamma: 0.2 });
    expect(settings).toMatchObject({ learningRate: rate, momentum: 0.9, weightDecay: 0, augment: 'supervised' });
    expect(rate * (settings.headLearningRate as number)).toBeCloseTo(headRate, 12);
  });

  it('differ from one another in one thing', () => {
    expect(settingsOf('exemplar-v2-200ep')).toEqual(settingsOf('moco-v2-200ep'));
    expect(settingsOf('exemplar-v1-200ep')).toEqual(settingsOf('moco-v1-200ep'));
    expect(settingsOf('emoji-exemplar-v2')).toEqual(settingsOf('emoji-moco-v2'));
    expect(settingsOf('emoji-supcon')).toEqual(settingsOf('emoji-moco-v2'));
  });

  it('give every setting of their method, so that defaults cannot move them', () => {
    for (const [name, recipe] of recipes) {
      if (recipe.for !== 'pretraining' || !/\d+ep$/.test(name)) continue;
      const text = spoil(
        ['method: moco', `method: ${recipe.method}`],
        ['emoji-moco-v2', name],
        ['    steps: 2500\n', ''],
      );
      const [settings] = parse(text).experiment!.pretrainings;
      const {
        id: _id,
        data: _data,
        split: _split,
        method: _method,
        recipe: _recipe,
        checkpointEvery: _every,
        monitor: _monitor,
        // How a machine copes with the batch.
        accumulate: _accumulate,
        recompute: _recompute,
        processes: _processes,
        ...rest
      } = settings as unknown as Record<string, unknown>;
      expect(rest, name).toEqual({ ...recipe.settings });
    }
  });

  it('work on the data that they are for', () => {
    for (const name of recipes.keys()) {
      const recipe = recipes.get(name)!;
      if (!name.startsWith('emoji-') || recipe.for !== 'pretraining') continue;
      const { problems } = parse(spoil(['method: moco', `method: ${recipe.method}`], ['emoji-moco-v2', name]));
      expect(problems, name).toEqual([]);
    }
  });
});

describe('precedence', () => {
  it('is matrix, file, recipe, default', () => {
    const text = spoil(['steps: 2500\n', 'steps: 2500\n    temperature: 0.3\n    matrix: { head: [linear] }\n']);
    const [settings] = parse(text).experiment!.pretrainings;
    expect(settings).toMatchObject({ head: 'linear', temperature: 0.3, queue: 1024, momentum: 0.9, steps: 2500 });
    expect(settings).not.toHaveProperty('epochs');
  });

  it('keeps the rest of a schedule unless its kind changes', () => {
    const schedule = (written: string) =>
      (
        parse(spoil(['steps: 2500\n', `steps: 2500\n    schedule: ${written}\n`])).experiment!.pretrainings[0] as {
          schedule?: unknown;
        }
      ).schedule;
    expect(schedule('{ warmupSteps: 10 }')).toEqual({ kind: 'cosine', per: 'step', warmupSteps: 10 });
    expect(schedule('{ kind: poly }')).toEqual({ kind: 'poly', power: 0.9, per: 'epoch', warmupSteps: 0 });
    expect(schedule('{ kind: constant }')).toEqual({ kind: 'constant', warmupSteps: 0 });
  });
});

describe('a bad recipe', () => {
  it.each([
    [
      'about: x\nfor: pretraining\nmethod: moco\nsettings: { queu: 3 }',
      'Recipe r: unknown key `queu`; did you mean `queue`?.',
    ],
    ['about: x\nfor: nobody\n', 'Recipe r: `for` is "nobody"; it must be one of `pretraining` or `transfer`.'],
    ['about: [', 'Recipe r: '],
  ])('%#', (text, message) => {
    expect(() => parseRecipe(text, 'r')).toThrow(message);
  });
});
