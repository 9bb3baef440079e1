/** Turns messages made for the command line into messages for a window, where advice is a button or a setting. */

export function messageForWindow(message: string): string {
  return message
    .replace(/[;\n]?\s*resume with: transferscope resume \S+/g, '')
    .replaceAll('TRANSFERSCOPE_MEMORY_MB=8192', 'the setting transferscope.workerMemoryMb')
    .replaceAll('choose another with --runtime', 'choose another with Transferscope: Select Runtime')
    .trim();
}

/** What the worker said before it died; empty when nothing was kept. */
export function lastLinesOf(message: string): readonly string[] {
  return message
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The first line, for toasts and tree items; the log has the rest. */
export function firstLineOf(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/; last lines:$/, '').trim();
}
