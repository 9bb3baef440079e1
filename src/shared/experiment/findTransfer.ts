/** The transfer that an analysis names. */
import { suggest } from '../suggest';
import type { Path } from './places';
import type { TransferContext } from './resolveTransfer';
import type { TransferSettings } from './transferSchema';

export interface TransferWish<T extends TransferSettings> {
  readonly id: string;
  /** Where it is named. */
  readonly place: Path;
  readonly fits: (transfer: TransferSettings) => transfer is T;
  /** What the analysis looks at, as the beginning of a sentence. */
  readonly says: string;
  /** What to do where no transfer fits. */
  readonly none: string;
}

/** Reports a name that nothing has, or that something else has. */
export function findTransfer<T extends TransferSettings>(
  { id, place, fits, says, none }: TransferWish<T>,
  {
    transfers,
    report,
    document,
  }: Pick<TransferContext, 'report' | 'document'> & { readonly transfers: readonly TransferSettings[] },
): T | undefined {
  const found = transfers.find((transfer) => transfer.id === id);
  if (found && fits(found)) return found;
  const known = transfers.filter(fits).map((transfer) => transfer.id);
  const nearest = suggest(id, known);
  const listed = known.length > 0 ? `; there are ${known.join(', ')}` : `; ${none}`;
  const message = found
    ? `${says}, and \`${id}\` is \`${found.task}\`${listed}`
    : `there is no transfer called \`${id}\`${nearest ? `; did you mean \`${nearest}\`?` : listed}`;
  const fixes = [nearest ? document.fix.replaceValue(place, nearest) : undefined];
  report({ severity: 'error', code: 'unknown-transfer', message, path: place, fixes });
  return undefined;
}
