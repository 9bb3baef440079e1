import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const tfjs = { group: ['@tensorflow/*'], message: 'Only src/worker computes with tensors.' };
const node = { group: ['node:*', 'sharp'], message: 'src/shared and webview/charts are pure: no Node.' };
const vscode = { group: ['vscode'], message: 'Only src/host and src/extension.ts know VS Code.' };
const forbid = (files, ...patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } });

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.transferscope/', 'coverage/', 'assembly/'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Use deriveRandom of src/shared/random.ts.' },
      ],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        globalThis: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  // The imports that ARCHITECTURE.md allows, as far as package names show it; test/unit/architecture.test.ts checks the rest.
  forbid(['src/shared/**'], tfjs, node, vscode),
  forbid(['src/runs/**', 'src/cli/**'], tfjs, vscode),
  forbid(['src/host/**', 'src/extension.ts'], tfjs),
  forbid(['src/worker/**'], vscode),
  forbid(['webview/**'], tfjs, node, vscode),
);
