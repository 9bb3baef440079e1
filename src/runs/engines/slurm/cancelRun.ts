/** Ends the jobs of a run on Slurm. What is done stays; running stages checkpoint. */
import { join } from 'node:path';
import { UserError } from '../../../shared/errors';
import { requestRunStop } from '../../requestStop';
import { EngineFolder } from './engineFolder';
import type { SlurmTools } from './slurmTools';

export async function cancelRun(out: string, run: string, tools: SlurmTools): Promise<void> {
  const folder = new EngineFolder(join(out, 'runs', run));
  const request = await folder.request();
  if (!request) throw new UserError('config', `${run} was never submitted to a cluster`);
  // First what keeps others from submitting again, then the jobs.
  await folder.writeRequest({ ...request, wish: 'cancel' });
  await requestRunStop(out, run);
  const names = (await folder.submissions()).map(({ name }) => name);
  if (names.length > 0) await tools.cancelNames(names);
}
