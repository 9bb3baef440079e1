/** The Results view as data: an experiment file beside what its runs have left and what goes on now. Pure. */
import type { ResultsHighlight, ShownResults } from '../../protocol/panels/resultsPanel';
import type { PanelSelection } from '../../protocol/panels/selection';
import type { MetricCurves } from '../../results/metricCurves';
import type { ExperimentOutline, ExperimentResults } from './experimentTree';
import type { Finding } from '../report/findings';
import { formatNumberOf } from '../formatNumbers';
import { createLiveStages } from '../run/liveStages';
import type { PretrainingCost } from '../report/costs';
import { createResultsCosts } from './resultsCosts';
import { createResultsGrid } from './resultsGrid';
import { createRunLine, explainButtons, selectButtons, type PendingLaunch } from '../run/runLine';
import type { RunView } from './runTree';

export interface ResultsInput {
  /** URI of the file, and its path as it is shown. */
  readonly file: string;
  readonly path: string;
  readonly outline: ExperimentOutline;
  /** The outline is that of an earlier text: the present one has errors. */
  readonly isEarlier: boolean;
  readonly problems: { readonly errors: number; readonly warnings: number };
  readonly results: ExperimentResults;
  readonly findings: readonly Finding[];
  readonly costs: readonly PretrainingCost[];
  /** The newest run of the file. */
  readonly last: RunView | undefined;
  readonly pending: PendingLaunch | undefined;
  /** By stage key, of trainings under way. */
  readonly metrics: ReadonlyMap<string, MetricCurves>;
  /** Ids of the entries that the cursor is in. */
  readonly cursor: readonly string[];
  readonly selection: PanelSelection;
  readonly isTrusted: boolean;
  readonly isOnDisk: boolean;
  readonly now: Date;
}

export function createResultsModel(input: ResultsInput): ShownResults {
  const { file, path, outline, last, findings } = input;
  const { columns, rows, staleCells } = createResultsGrid(input);
  const costs = createResultsCosts(
    outline.pretrainings.map(({ id }) => id),
    input.costs,
  );
  const run = createRunLine(input);
  const place = { state: run.state, isTrusted: input.isTrusted, isOnDisk: input.isOnDisk };
  const hint = input.isEarlier ? earlierSentence : explainButtons(place);
  const problems = describeProblems(input.problems);
  return {
    kind: 'experiment',
    file,
    path,
    name: outline.name === '' ? (path.split(/[\\/]/).at(-1) ?? path) : outline.name,
    ...(problems !== undefined && { problems: { text: problems, isError: input.problems.errors > 0 } }),
    run,
    buttons: selectButtons(place),
    ...(hint !== undefined && { hint }),
    live: createLiveStages(last, input.metrics, outline),
    columns,
    rows,
    ...(costs && { costs }),
    ...(staleCells > 0 && { stale: describeStale(staleCells) }),
    findings,
    highlight: createHighlight(input),
  };
}

const earlierSentence = 'The file has errors; results stand as it was before them.';

/** Undefined when there are none. */
function describeProblems({ errors, warnings }: ResultsInput['problems']): string | undefined {
  const parts = [
    ...(errors > 0 ? [formatNumberOf(errors, 'error')] : []),
    ...(warnings > 0 ? [formatNumberOf(warnings, 'warning')] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : undefined;
}

function describeStale(cells: number): string {
  const [what, they] = cells === 1 ? ['1 result is', 'it'] : [`${cells} results are`, 'them'];
  return `${what} stale: the file has changed since. Run to renew ${they}.`;
}

/** Where the cursor is in an entry, that alone: it is what the user works on. */
function createHighlight({ outline, cursor, selection }: ResultsInput): ResultsHighlight {
  const ids = cursor.length > 0 ? cursor : [selection.pretraining, selection.transfer];
  const among = (entries: readonly { readonly id: string }[]): string[] =>
    entries.map(({ id }) => id).filter((id) => ids.includes(id));
  return { pretrainings: among(outline.pretrainings), transfers: among(outline.transfers) };
}
