/** A window that goes away: launches a run that may outlive it, waits until it is under way, and ends without a word. */
import { createDetachedExecutor } from '../../../src/runs/engines/detached';

const [entry = '', file = '', out = ''] = process.argv.slice(2);
const executor = createDetachedExecutor({ entry, requestStop: () => Promise.resolve() });
await executor.submit({ file, out }, { onEvent: (event) => event.type === 'stageProgressed' && process.exit(0) });
