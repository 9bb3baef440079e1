import { describe, expect, it } from 'vitest';
import { Teamwork } from '../../../../../src/worker/runtimes/wasm/teamwork';

describe('Teamwork', () => {
  const helped = { worked: 5, waited: 1, ownUnits: 8, units: 16 };
  const hindered = { worked: 5, waited: 9, ownUnits: 8, units: 16 };

  it('goes on sharing while others help', () => {
    const teamwork = new Teamwork();
    for (let i = 0; i < 1000; i++) {
      expect(teamwork.shares()).toBe(true);
      teamwork.report(helped);
    }
  });

  it('works alone for longer and longer while others hinder, and tries again', () => {
    const teamwork = new Teamwork();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      for (let i = 0; i < 128; i++) {
        expect(teamwork.shares()).toBe(true);
        teamwork.report(hindered);
      }
      let alone = 0;
      while (!teamwork.shares()) alone++;
      pauses.push(alone);
      teamwork.report(hindered); // the call that found sharing allowed again
      for (let i = 1; i < 128; i++) teamwork.report(hindered);
      while (!teamwork.shares());
    }
    expect(pauses[0]).toBe(512);
    expect(pauses[1]).toBeGreaterThan(pauses[0]!);
    expect(Math.max(...pauses)).toBe(8192);
  });
});
