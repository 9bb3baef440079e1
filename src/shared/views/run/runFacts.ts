/** What a run was made with: runtime and why, code, seeds, when and where. Pure. */
import type { Fact } from '../../protocol/panels/runPanel';
import { formatList, formatNumberOf } from '../formatNumbers';
import type { PanelRun } from './runPanel';

/** The program names its command line; who reads this has the palette. */
const forEditor = (reason: string): string =>
  reason.replaceAll(/: run `transferscope runtimes install [\w-]+`/g, ' (Transferscope: Install Runtime…)');

export function createFacts({ manifest, status, records }: PanelRun): Fact[] {
  if (!manifest) return [];
  const { runtime, git, seeds, createdAt, finishedAt, versions, file } = manifest;
  const hosts = new Set([...(status ? [status.host] : []), ...[...records.values()].map(({ made }) => made.host)]);
  const threads = runtime.threads > 0 ? formatNumberOf(runtime.threads, 'thread') : '';
  const device = [runtime.device, threads].filter((part) => part !== '').join(', ');
  const facts: Fact[] = [
    { label: 'Runtime', value: device === '' ? runtime.name : `${runtime.name} on ${device}`, title: runtime.reason },
    { label: 'Chosen because', value: forEditor(runtime.reason) },
    { label: seeds.length === 1 ? 'Seed' : 'Seeds', value: formatList(seeds.map(String), 8) },
    {
      label: 'Code',
      value: git ? `commit ${git.commit.slice(0, 8)}${git.dirty ? ', with changes not committed' : ''}` : 'not in git',
      ...(git && { title: git.commit }),
    },
    { label: 'Started', value: formatTime(createdAt), title: createdAt },
    { label: 'Finished', value: finishedAt === undefined ? '' : formatTime(finishedAt) },
    { label: hosts.size > 1 ? 'Computers' : 'Computer', value: formatList([...hosts]) },
    {
      label: 'Program',
      value: versions.transferscope ?? '',
      title: Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    },
    { label: 'File', value: file.split(/[\\/]/).at(-1) ?? file, title: file },
  ];
  return facts.filter(({ value }) => value !== '');
}

/** `2026-01-31 14:05 UTC`. */
function formatTime(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
