import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { quoteForShell } from '../../../../src/shared/formats/shellText';

const words = ['plain', '/a/b-c_1.yaml', "it's", 'two words', '$HOME', 'a"b', '`x`', 'ü', '', '*', "''", 'a\nb', '\\'];

it.each(words)('a shell reads %j back as it is', (word) => {
  expect(execFileSync('sh', ['-c', `printf %s ${quoteForShell(word)}`], { encoding: 'utf8' })).toBe(word);
});
