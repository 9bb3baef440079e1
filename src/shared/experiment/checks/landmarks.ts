/** Landmark transfers whose settings do not fit their data or each other. */
import { suggest } from '../../suggest';
import { celebaScheme, chooseNormaliser } from '../../math/landmarkSchemes';
import { sceneLandmarks } from '../../math/sceneLandmarks';
import type { LandmarkScheme } from '../../results/landmarks';
import type { DataSettings } from '../schema';
import type { LandmarkProbeTransfer, LandmarksTransfer } from '../transferSchema';
import type { CheckContext } from './context';
import { reportUnused } from './fineTuning';

export function checkLandmarks(transfer: LandmarksTransfer | LandmarkProbeTransfer, context: CheckContext): void {
  if (!checkMarked(transfer, context)) return;
  checkNormaliser(transfer, context);
  checkMargin(transfer, context);
  if (transfer.task === 'landmark-probe') return;
  const { id, head, optimizer } = transfer;
  if (head === 'pooled') reportUnused(id, ['virtualLandmarks'], 'head: pooled', context);
  if (optimizer === 'adam') reportUnused(id, ['momentum'], 'optimizer: adam', context);
}

const marked: readonly DataSettings['kind'][] = ['celeba', 'pts', 'coco', 'emoji-scenes'];

function checkMarked({ id, data }: LandmarksTransfer | LandmarkProbeTransfer, context: CheckContext): boolean {
  const settings = context.experiment.data[data];
  if (!settings || marked.includes(settings.kind)) return true;
  context.report({
    severity: 'error',
    code: 'no-landmarks',
    message: `\`${id}\` learns landmarks, but \`${data}\` (\`${settings.kind}\`) has none; use \`celeba\`, \`pts\`, \`coco\` or \`emoji-scenes\` data`,
    path: context.pathOf(id, 'data'),
  });
  return false;
}

/** Which landmarks a kind of data always has. */
function schemeOf(settings: DataSettings | undefined): LandmarkScheme | undefined {
  if (settings?.kind === 'celeba') return celebaScheme;
  return settings?.kind === 'emoji-scenes' ? { names: sceneLandmarks, flipPairs: [] } : undefined;
}

function checkNormaliser(
  { id, data, normalise }: LandmarksTransfer | LandmarkProbeTransfer,
  context: CheckContext,
): void {
  const scheme = schemeOf(context.experiment.data[data]);
  if (!scheme || normalise === undefined || chooseNormaliser(normalise, scheme)) return;
  const unknown = typeof normalise === 'string' ? undefined : normalise.find((name) => !scheme.names.includes(name));
  const nearest = unknown === undefined ? undefined : suggest(unknown, scheme.names);
  const what =
    unknown === undefined
      ? `\`${data}\` has no eyes to normalise by; use \`box\` or two landmarks`
      : `\`${data}\` has no landmark \`${unknown}\`${nearest ? `; did you mean \`${nearest}\`?` : ''}`;
  const path = context.pathOf(id, 'normalise');
  context.report({
    severity: 'error',
    code: 'unknown-landmark',
    message: `${what}; it has ${scheme.names.join(', ')}`,
    path,
  });
}

/** CelebA's protocol cuts a fixed square. */
function checkMargin({ id, data }: LandmarksTransfer | LandmarkProbeTransfer, context: CheckContext): void {
  if (context.experiment.data[data]?.kind === 'celeba') reportUnused(id, ['margin'], 'kind: celeba', context);
}
