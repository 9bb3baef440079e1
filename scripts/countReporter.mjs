/** A vitest reporter that writes each file's counts and the reasons of its skipped tests to the file named in TEST_COUNTS_FILE. */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

// vitest loads reporters by their default export.
export default class CountReporter {
  onTestRunEnd(testModules) {
    const files = testModules.map((testModule) => {
      const counts = { file: relative(process.cwd(), testModule.moduleId), passed: 0, failed: [], skipped: [] };
      for (const test of testModule.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed') counts.passed++;
        else if (state === 'failed') counts.failed.push(test.fullName);
        else counts.skipped.push({ name: test.fullName, reason: note ?? '' });
      }
      // A set-up that fails, or a file that cannot be loaded, fails no test, yet the file failed.
      if (counts.failed.length === 0 && testModule.state() === 'failed') counts.failed.push('the file itself');
      return counts;
    });
    writeFileSync(process.env.TEST_COUNTS_FILE, JSON.stringify(files));
  }
}
