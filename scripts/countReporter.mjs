/** A vitest reporter that writes the counts and the reasons of skipped tests to the file named in TEST_COUNTS_FILE. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

// vitest loads reporters by their default export.
export default class CountReporter {
  onTestRunEnd(testModules) {
    const counts = { passed: 0, failed: 0, skipped: [] };
    for (const testModule of testModules) {
      const file = relative(process.cwd(), testModule.moduleId);
      let tests = 0;
      for (const test of testModule.children.allTests()) {
        tests++;
        const { state, note } = test.result();
        if (state === 'passed') counts.passed++;
        else if (state === 'failed') counts.failed++;
        else counts.skipped.push({ file, name: test.fullName, reason: note ?? '' });
      }
      // A file that cannot be loaded has no tests to count, yet it failed.
      if (tests === 0 && testModule.state() === 'failed') counts.failed++;
    }
    writeFileSync(process.env.TEST_COUNTS_FILE, JSON.stringify(counts));
  }
}
