/**
 * Judges a well-formed experiment before launch: does it measure what its writer wants? Each check knows one thing about
 * the method and says what is wrong, why it matters and what to do. Errors stop a launch, warnings do not, infos explain.
 */
import { checkAnalyses } from './analyses';
import { checkBatch } from './batch';
import { checkUnfairRows, checkRecipes, checkSeeds } from './unfairRows';
import { checkControls } from './controls';
import { checkData, checkUnused } from './data';
import { isTrained } from '../training';
import { CheckContext, isMomentum, type CheckInput } from './context';
import { checkQueue } from './queue';
import { checkSchedule } from './schedule';
import { checkSize } from './size';
import { checkTransfers } from './transfers';
import { checkWeights } from './weights';

/**
 * Reports everything that the checks find. The experiment must have resolved without errors; of a file with errors it is the
 * rest, of which only that is said which stays true whatever the errors stand for.
 */
export function checkExperiment(input: CheckInput): void {
  const context = new CheckContext(input);
  const { isWhole, hasNetwork } = input.parts;
  for (const pretraining of input.experiment.pretrainings) {
    if (!isTrained(pretraining)) continue;
    if (hasNetwork) checkBatch(pretraining, context);
    checkSchedule(pretraining, context);
    if (isMomentum(pretraining)) checkQueue(pretraining, context);
  }
  if (hasNetwork) checkSize(context);
  checkData(context);
  checkTransfers(context);
  checkAnalyses(context);
  checkWeights(context);
  checkRecipes(context);
  checkSeeds(context);
  if (!isWhole) return;
  checkUnused(context);
  checkUnfairRows(context);
  checkControls(context);
}
