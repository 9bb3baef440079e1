/** Paths that leave the workspace or name what is not known. */
import { spoil } from '../problemsOf';
import { testChecks } from './checkCases';

testChecks([
  [
    'absolute path',
    spoil(['{ id: random }', '{ id: r, weights: "/mnt/w-{seed}.pth" }']),
    undefined,
    [
      '13:23-42 error bad-path: the path /mnt/w-{seed}.pth is absolute, so the experiment runs on no other machine and may read outside the workspace; make it relative to this file, or allow outside paths in the settings',
    ],
  ],
  [
    'path out of the workspace',
    spoil(['{ id: random }', '{ id: r, weights: "${workspaceFolder}/../w-{seed}.pth" }']),
    undefined,
    [
      '13:23-59 error bad-path: the path ${workspaceFolder}/../w-{seed}.pth leads out of the workspace; move the files inside, or allow outside paths in the settings',
    ],
  ],
  [
    'unknown variable in a path',
    spoil(['{ id: random }', '{ id: r, weights: "${env:HOME}/w-{seed}.pth" }']),
    undefined,
    ['13:23-49 error bad-path: `${env:HOME}` is not known here; only ${workspaceFolder} at the start is'],
  ],
  [
    'unknown placeholder in a path',
    spoil(['{ id: random }', '{ id: r, weights: "w-{sed}.pth" }']),
    undefined,
    ['13:23-36 error bad-path: `{sed}` is not known in a path; only `{seed}` is filled in'],
  ],
]);
