/**
 * What is known of the weight files that experiment files import: whether they fit, for diagnostics, and what they are, for
 * hovering. The last answer about the same import is shown until the disk has been asked again, so that nothing flickers.
 */
import type * as vscode from 'vscode';
import { UserError } from '../../shared/errors';
import { weightsMarkdown } from '../../shared/editing/weightsMarkdown';
import type { WeightsUse } from '../../shared/editing/weightsUse';
import type { WeightsFacts } from '../../shared/experiment/checks/facts';
import { gatherWeightsFacts } from '../../shared/experiment/checks/weightsFacts';
import type { Experiment, ImportedPretraining } from '../../shared/experiment/schema';
import { escapeMarkdown } from '../../shared/formats/markdownText';
import { describeWeights } from '../../shared/weights/describeWeights';
import { diskPathOf } from './experimentFiles';
import { WeightFiles, type WeightsLook } from './weightFiles';

type Imports = Pick<Experiment, 'backbone' | 'pretrainings' | 'seeds'>;

/** What was found for one import, and what its files, by path, were then. */
interface Found {
  /** Undefined when there is nothing to report. */
  readonly facts: WeightsFacts | undefined;
  readonly looks: ReadonlyMap<string, WeightsLook>;
}

const absent: WeightsLook = { kind: 'absent' };

export class WeightsNews {
  private readonly files = new WeightFiles();
  private readonly known = new WeakMap<vscode.TextDocument, ReadonlyMap<string, Found>>();

  /** By id of the pretraining, as far as it is known now. */
  facts(document: vscode.TextDocument, experiment: Imports): Record<string, WeightsFacts> {
    const known = this.known.get(document);
    const facts = importsOf(experiment).flatMap((pretraining) => {
      const found = known?.get(signatureOf(pretraining, experiment))?.facts;
      return found ? [[pretraining.id, found] as const] : [];
    });
    return Object.fromEntries(facts);
  }

  /** Asks the disk; says whether anything is different from what was known. */
  async look(document: vscode.TextDocument, experiment: Imports): Promise<boolean> {
    const { version } = document;
    const before = this.known.get(document);
    const after = new Map<string, Found>();
    for (const pretraining of importsOf(experiment)) {
      const signature = signatureOf(pretraining, experiment);
      after.set(signature, await this.lookAt(document, { pretraining, experiment }, before?.get(signature)));
    }
    // A later version asks for itself.
    if (document.version !== version) return false;
    this.known.set(document, after);
    return [...after].some(
      ([signature, { facts }]) => JSON.stringify(facts) !== JSON.stringify(before?.get(signature)?.facts),
    );
  }

  /** Markdown about the first file there is; undefined when none is. */
  async describe(document: vscode.TextDocument, use: WeightsUse): Promise<string | undefined> {
    for (const path of use.paths) {
      const look = await this.lookAtFile(document, path);
      if (look.kind === 'absent') continue;
      const which = use.paths.length > 1 ? `\n\nOf ${use.paths.length} seeds, this is \`${path}\`.` : '';
      const link = linkToPanel(diskPathOf(document, path), document, use);
      return [describeLook(look, use) + which, ...link].join('\n\n');
    }
    return undefined;
  }

  private async lookAt(
    document: vscode.TextDocument,
    { pretraining, experiment }: { pretraining: ImportedPretraining; experiment: Imports },
    before: Found | undefined,
  ): Promise<Found> {
    if (before && (await this.areSame(document, before.looks))) return before;
    const looks = new Map<string, WeightsLook>();
    const lookOnce = async (path: string): Promise<WeightsLook> => {
      const look = looks.get(path) ?? (await this.lookAtFile(document, path));
      looks.set(path, look);
      return look;
    };
    const one = { ...experiment, pretrainings: [pretraining] };
    const found = await gatherWeightsFacts(one, {
      exists: async (path) => ['weights', 'problem'].includes((await lookOnce(path)).kind),
      use: async (path, use) => {
        const look = await lookOnce(path);
        if (look.kind === 'problem') throw look.error;
        if (look.kind !== 'weights') throw new UserError('weights', `${path} was not read`);
        return use(look.weights);
      },
    });
    const facts = found[pretraining.id];
    const isNews = facts && (facts.problem !== undefined || facts.warnings.length > 0);
    return { facts: isNews ? facts : undefined, looks };
  }

  private async areSame(document: vscode.TextDocument, looks: Found['looks']): Promise<boolean> {
    const now = await Promise.all([...looks.keys()].map((path) => this.lookAtFile(document, path)));
    return [...looks.values()].every((look, index) => look === now[index]);
  }

  /** The file at a path as the document writes it. */
  async lookAtFile(document: vscode.TextDocument, written: string): Promise<WeightsLook> {
    const path = diskPathOf(document, written);
    return path === undefined ? absent : this.files.look(path, written);
  }
}

/** The one command that hovers may call. */
export const hoverCommand = 'transferscope.openWeights';

function linkToPanel(file: string | undefined, { uri }: vscode.TextDocument, { pretraining }: WeightsUse): string[] {
  if (file === undefined) return [];
  const use = pretraining === '' ? {} : { use: { experiment: uri.fsPath, pretraining } };
  const target = encodeURIComponent(JSON.stringify([{ file, ...use }]));
  return [`[Show its tensors](command:${hoverCommand}?${target})`];
}

function describeLook(look: Exclude<WeightsLook, { kind: 'absent' }>, use: WeightsUse): string {
  if (look.kind === 'weights') return weightsMarkdown(describeWeights(look.weights, use));
  return look.kind === 'problem'
    ? `**Cannot be imported**\n\n${escapeMarkdown(look.error.message)}`
    : `Not looked into while typing: ${escapeMarkdown(look.reason)}. The launch checks it, and \`transferscope weights inspect\` tells what it is.`;
}

function importsOf({ pretrainings }: Imports): ImportedPretraining[] {
  return pretrainings.filter((pretraining) => pretraining.method === 'imported');
}

/** Everything that what is found depends on, but for the files. */
function signatureOf({ weights, mapping }: ImportedPretraining, { backbone, seeds }: Imports): string {
  return JSON.stringify([weights, mapping, backbone, seeds]);
}
