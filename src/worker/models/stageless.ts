/** What networks answer that no detector can be built on. */
import { UserError } from '../../shared/errors';

/** Throws a user error that says what to use. */
export function refuseStages(name: string): never {
  throw new UserError(
    'config',
    `${name} does not have the stages of a ResNet, which detectors need; use a ResNet, a ResNeXt or a Wide ResNet`,
  );
}
